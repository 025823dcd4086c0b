"""Reads what people send."""
