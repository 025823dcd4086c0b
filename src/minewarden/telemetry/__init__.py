"""What machines saw: readers turn logs and captures into Arrow tables of one schema, and a lake keeps them."""
