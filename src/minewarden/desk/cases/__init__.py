"""Cases: what was found or notified, what people decided about it, and the two clocks."""
