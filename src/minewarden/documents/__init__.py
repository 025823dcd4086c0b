"""Writes what people sign: GB/T 9704 documents and sheets. Knows nothing of the desk."""
