"""Reads what people send: notices as tables, documents, text and JSON, each in a process that is bounded."""
