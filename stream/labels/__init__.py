"""Labels: what people answered, read, followed to what holds, settled into rows to learn from; and whom to ask next."""
