"""承诺书: who is to sign which text, what was signed by telephone or on paper, and what was altered since."""
