"""A text that is not what its place asks for: what was expected and found, and a hint; its reader adds the place."""


class Unreadable(Exception):  # noqa: N818 - caught where the place is known, and becomes a problem there
    """Says what is wrong with one text."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
