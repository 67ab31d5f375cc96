"""The figures of an evaluation: what a model answered, how each figure comes of it, and the values they end up in."""
