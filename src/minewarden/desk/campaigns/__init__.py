"""专项行动: campaigns with phases and tasks, and what people file for them."""
