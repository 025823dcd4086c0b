"""Self-checks: checklists of places, what has to be mended by when, and reports of hosts that looked at themselves."""
