"""The only place that knows the wire: bytes <-> listing event, decision, dead letter, label, control."""
