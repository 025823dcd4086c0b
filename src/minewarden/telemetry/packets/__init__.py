"""From the bytes of a capture to rows: containers, layers, flows, reassembly, and the few protocols that matter."""
