"""The checks: one file for each family of signs. A check yields findings and gaps, and changes nothing."""
