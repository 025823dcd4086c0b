"""Telling people: an outbox that keeps each message, sends it by every way there is, and remembers the outcome."""
