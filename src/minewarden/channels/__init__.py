"""Carries messages to people."""
