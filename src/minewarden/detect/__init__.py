"""Detectors state what they saw; fusion adds it up to findings. Parsed protocol may confirm, a list alone may not."""
