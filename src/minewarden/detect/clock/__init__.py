"""Do a server's messages keep the time of a block chain, or of another flow? Exact tests that read no payload."""
