"""Lists of strangers, read as hostile: each form a file, each line an entry or a reject with its reason."""
