"""The library in the forms of others. Nothing goes out that may not be handed on, and what has no form is counted."""
