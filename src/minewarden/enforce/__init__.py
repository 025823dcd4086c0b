"""Compiles what people ordered into configuration for the devices they have. It never applies anything by itself."""
