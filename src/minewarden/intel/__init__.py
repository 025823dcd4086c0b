"""What to look for: the project's catalogue of pools, and how names and addresses are matched against it."""
