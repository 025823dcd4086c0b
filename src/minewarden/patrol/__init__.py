"""The round: read, detect, trace, propose. The one place that knows the order."""
