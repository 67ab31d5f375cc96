"""Listing -> classification: one text normaliser, features, classifier, artifact loading. Knows no policy and no Kafka."""
