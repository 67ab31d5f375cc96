"""Listing -> classification: one text normaliser, features, classifier, artifact loading. No policy and no Kafka."""
