"""Cases: what a policy is meant to decide, written beside it by whoever writes policies, and run against it."""
