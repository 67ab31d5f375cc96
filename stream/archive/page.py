"""An audit as a page that stands alone: no script, no font, nothing fetched, every text escaped by the template."""

from pathlib import Path

from stream.changes.visible import visible
from stream.contract.audit import Audit
from stream.pages import render

MOST_OF_A_TEXT = 2_000


def write_page(audit: Audit) -> str:
    """Write an audit for people."""
    # What sellers and others wrote: nothing unseen, and nothing that turns what follows.
    seen = {"seen": lambda text: visible(str(text), MOST_OF_A_TEXT)}
    return render(Path(__file__).parent, "audit.html.jinja", seen, audit=audit)
