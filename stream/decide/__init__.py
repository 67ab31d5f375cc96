"""Listing and classification in, decision out: dated policies, their rules and conditions, and origin signals."""
