"""What units own: address ranges, and devices with whoever answers for them."""
