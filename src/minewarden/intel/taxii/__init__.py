"""TAXII 2.1 (OASIS): the library over HTTP, read-only, and a client for the collections of others."""
