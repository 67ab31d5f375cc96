"""The demo: a broker inside this process, a real worker beside it, sample listings, and a table of what is decided."""
