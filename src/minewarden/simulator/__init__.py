"""An invented city: dialogues and logs in the real formats, for demonstration, tests and measurement."""
