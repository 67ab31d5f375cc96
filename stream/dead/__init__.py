"""Dead letters for a person: which are asked for, as rows, and whole in words; no broker, no files."""
