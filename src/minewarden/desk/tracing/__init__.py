"""溯源 inside a case: logs in, candidates out, which a person takes into the case."""
