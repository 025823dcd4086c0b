"""Looks at one host, read-only and offline."""
