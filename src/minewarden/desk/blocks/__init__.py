"""Block proposals: asked by one person, approved by another, guarded, expiring, never applied by the program."""
