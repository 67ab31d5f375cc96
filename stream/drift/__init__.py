"""What the stream is like, beside what the model was measured on."""
