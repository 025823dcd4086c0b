"""大屏: what a whole room may see: the plan's four phrases as figures, and no unit, person or address of a case."""
