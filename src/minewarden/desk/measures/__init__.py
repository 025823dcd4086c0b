"""The nine measures: what other authorities decide, as the desk prepares, sends and keeps it; energy and its costs."""
