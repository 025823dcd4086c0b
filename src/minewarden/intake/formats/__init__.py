"""One reader for each kind of file in which notices arrive."""
