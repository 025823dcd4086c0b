"""Settings: TOML, then environment, then files; every problem at once."""
