"""What changes between two ways of deciding the same events: counted, held to a budget, shown."""
