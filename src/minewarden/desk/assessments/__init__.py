"""周研判: what happened in a week, counted once and in one way; the assessment that people add to it; its papers."""
