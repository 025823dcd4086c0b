"""Intelligence at the desk: what units report up, what the city decides and publishes, and who carries it out."""
