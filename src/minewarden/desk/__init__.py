"""Where people decide and remember."""
