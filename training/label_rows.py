"""People's labels, read and settled -> what a line of a file would say of each, so that they are rows like others.

What is right about a label is for `stream/labels` to say, what is right about a row for training/read_rows.py.
"""

from collections.abc import Iterator

from stream.labels.read_labels import ReadLabels
from stream.labels.settle import SOURCE, Settled
from training.row_files import BadRow, Fields

Labels = tuple[ReadLabels, Settled]


def fields_of(labels: Labels | None) -> Iterator[Fields | BadRow]:
    """Give the fields of each settled label, then each bad label as a bad row; nothing of none."""
    if labels is None:
        return
    read, settled = labels
    for label in settled.rows:
        yield Fields(f"label `{label.label_id}`", label.title, label.cluster, SOURCE, None, None, None, None)
    for bad in read.bad:
        yield BadRow(bad.place, "bad-label", "a label, `keran.label/1`", bad.reason)
