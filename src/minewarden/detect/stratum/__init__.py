"""What is known of openly spoken mining protocols: one file per family of dialects, and the state of a stream."""
