"""The project's own titles that are easily put into the wrong cluster: what the gate `hard-pairs` asks."""

from pathlib import Path

from training.rows import Row

HARD_PAIRS = Path(__file__).with_name("hard_pairs.tsv")


def read_hard_pairs() -> list[Row]:
    """Read them; each is `title`, a tab, `cluster`.

    >>> read_hard_pairs()[0].text, read_hard_pairs()[0].cluster
    ('Mug batik motif parang', 'other')
    """
    lines = enumerate(HARD_PAIRS.read_text(encoding="utf-8").splitlines(), 1)
    pairs = [(number, *line.split("\t")) for number, line in lines if not line.startswith("#")]
    return [Row(title, cluster, "hard-pairs", place=f"{HARD_PAIRS}:{number}") for number, title, cluster in pairs]
