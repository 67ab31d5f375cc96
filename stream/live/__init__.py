"""What is live and what is to be: pairs of a model and policies as texts and digests, loaded beside one another."""
