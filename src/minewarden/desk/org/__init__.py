"""Units, people and posts: who answers for what, and who may see it."""
