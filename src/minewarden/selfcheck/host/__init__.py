"""What runs on the host itself. It imports nothing but the standard library and speaks Python 3.9."""
