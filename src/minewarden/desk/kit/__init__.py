"""What every app of the desk stands on: words, the gate, the look."""
