"""Notices: what came in, whose it is, who received it when, and the answer in the sender's own columns."""
