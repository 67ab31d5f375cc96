"""The report of an evaluation: one HTML file that needs nothing beside it, with pictures, tables and titles."""
