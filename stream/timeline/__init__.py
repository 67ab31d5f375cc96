"""The calendar of policies, for people: in the terminal, as a drawing, as a page."""
