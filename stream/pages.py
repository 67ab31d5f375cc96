"""Pages and drawings that stand alone: a folder of templates in, the text of a file out.

No script, no font, nothing fetched. Every text is escaped by the template engine, and a name that a template uses and
nobody gave is an error. It refuses to know files that are written, and clocks.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

Filters = Mapping[str, Callable[..., Any]]


def render(folder: Path, template: str, filters: Filters, **given: Any) -> str:
    """Fill a template of a folder with what is given."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(filters)
    return environment.get_template(template).render(**given)
