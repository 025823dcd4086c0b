"""Long connections judged from flow records alone."""
