"""Pairs made ready: named texts or a shelf and folders in, a checked and warmed pipeline out, or all problems at once.

Reads the shelf and policy folders; knows no Kafka and no clock. It takes its time and may run in a thread of its own:
nothing here touches what is deciding.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
from pydantic import ValidationError

from stream.classify.artifact import MANIFEST, find_entry, load_model, read_manifest
from stream.classify.classifier import Model
from stream.contract.control import LiveModel, LivePolicy, Shadow
from stream.contract.instant import Instant
from stream.contract.record import FileRecord
from stream.decide.load import find_documents, read_policies
from stream.decide.policy import PolicySet
from stream.decide.policy_reader import Document, Table
from stream.decide.unreadable import Unreadable
from stream.live.pair import Pair
from stream.pipeline import Pipeline
from stream.problems import BadSetup, Problem, gathered


@contextmanager
def disk_that_may_change() -> Iterator[None]:
    """Tell a file that cannot be read, or is gone by now, as bad setup: folders are read while somebody writes them."""
    try:
        yield
    except OSError as reason:
        hint = "let the worker read it, and put it back where it was taken away"
        problem = Problem(f"file cannot be read: {reason.strerror}", str(reason.filename), hint)
        raise BadSetup([problem]) from None


@disk_that_may_change()
def read_pair(shelf: Path, model_id: str | None, paths: Sequence[Path]) -> tuple[Pair, Pipeline]:
    """Read a pair from a shelf and from policy files and folders, checked. Raises BadSetup with all problems.

    Without an id it is the only entry of the shelf.
    """
    problems: list[Problem] = []
    model = gathered(problems, lambda: load_model(shelf, model_id))
    read = gathered(problems, lambda: read_policies_whole(paths, model and model.clusters))
    if problems or model is None or read is None:
        raise BadSetup(dict.fromkeys(problems))
    return Pair(read_live_model(shelf, model_id), tuple(read[0])), Pipeline(model, read[1])


def read_live_model(shelf: Path, model_id: str | None) -> LiveModel:
    """Name a shelf entry with its digest. Raises BadSetup."""
    manifest, digest = read_manifest(find_entry(shelf, model_id))
    return LiveModel(id=manifest.id, digest=digest)


def read_policies_whole(paths: Sequence[Path], clusters: Iterable[str] | None) -> tuple[list[LivePolicy], PolicySet]:
    """Read policies as they go into a control record, and as they decide, checked against a model's clusters.

    Raises BadSetup with all problems.
    """
    documents, problems = find_documents(paths)
    tables: list[dict[str, str]] = [{} for _ in documents]
    keeping = [_keeping(document, held) for document, held in zip(documents, tables, strict=True)]
    policies, wrong = read_policies(keeping, clusters)
    problems += [*wrong, *_named_twice(documents)]
    whole = gathered(problems, lambda: [_as_live(d, held) for d, held in zip(documents, tables, strict=True)])
    if problems or whole is None:
        raise BadSetup(dict.fromkeys(problems))
    return whole, policies


@disk_that_may_change()
def load_pair(pair: Pair, shelf: Path, source: str) -> Pipeline:
    """Load a named pair: the model from the shelf, the policies from their texts, which are those of `source`.

    Raises BadSetup with all problems, also where the shelf's entry is another than the one that is named.
    """
    problems: list[Problem] = []
    model = gathered(problems, lambda: _load_named(pair.model, shelf, source))
    clusters = model and model.clusters
    policies, wrong = read_policies([_document(policy, source) for policy in pair.policies], clusters)
    problems += wrong
    if problems or model is None:
        raise BadSetup(dict.fromkeys(problems))
    return Pipeline(model, policies)


def load_shadow(shadow: Shadow, pair: Pair, live: Pipeline, shelf: Path, source: str) -> tuple[Pair, Pipeline]:
    """Load what is to decide beside a live pair. Where the model is the same, it is the same object: one classifies."""
    beside = Pair(shadow.model or pair.model, tuple(shadow.policies or pair.policies))
    if beside.model.digest != pair.model.digest:
        return beside, load_pair(beside, shelf, source)
    policies, problems = read_policies([_document(policy, source) for policy in beside.policies], live.model.clusters)
    if problems:
        raise BadSetup(problems)
    return beside, Pipeline(live.model, policies)


def warm(pipeline: Pipeline, as_of: Instant) -> None:
    """Let a pipeline decide one invented listing a market, so that nothing is compiled in front of a real one.

    One more is of no policy's market: where there are no policies, what reads and classifies is compiled all the same.
    """
    markets = sorted({market for policy in pipeline.policies.policies for market in policy.markets})
    pipeline.run([FileRecord(_invented(market), b"warm") for market in (*markets, "nowhere")], as_of)


def _invented(market: str) -> bytes:
    return orjson.dumps(
        {
            "schema": "keran.listing/1",
            "event_id": "warm",
            "event_type": "listing.created",
            "occurred_at": "2021-08-03T00:00:00Z",
            "market": market,
            "listing": {"id": "warm", "title": "batik"},
            "seller": {"id": "warm", "type": "local"},
        }
    )


def _load_named(named: LiveModel, shelf: Path, source: str) -> Model:
    entry = find_entry(shelf, named.id)
    found = read_manifest(entry)[1]
    if found != named.digest:
        raise BadSetup(
            [
                Problem(
                    f"`{source}` names model `{named.id}` with digest {named.digest[:12]}..., this shelf's has"
                    f" {found[:12]}...",
                    str(entry / MANIFEST),
                    "bring the same entry to every worker's shelf, under a new id if it is a new model",
                )
            ]
        )
    return load_model(shelf, named.id)


def _document(policy: LivePolicy, source: str) -> Document:
    def table(name: str) -> Table:
        if name not in policy.tables:
            raise Unreadable(f"`{name}` is not with the policy in {source}", "publish it with `keran live publish`")
        return Table(f"{source}: {name}", policy.tables[name])

    return Document(f"{source}: {policy.name}", policy.document, table)


def _named_twice(documents: Sequence[Document]) -> Iterator[Problem]:
    files: dict[str, str] = {}
    for document in documents:
        first = files.setdefault(Path(document.file).name, document.file)
        if first != document.file:
            yield Problem(f"the file name is that of `{first}` too", document.file, "rename one: refusals go by it")


def _keeping(document: Document, held: dict[str, str]) -> Document:
    """Give a document that keeps the text of every table that is asked of it."""

    def table(name: str) -> Table:
        found = document.table(name)
        held[name] = found.text
        return found

    return document._replace(table=table)


def _as_live(document: Document, tables: dict[str, str]) -> LivePolicy:
    try:
        return LivePolicy(name=Path(document.file).name, document=document.text, tables=tables)
    except ValidationError as error:
        raise BadSetup(
            Problem(
                f"too large for a control record: {wrong['msg'][0].lower()}{wrong['msg'][1:]}",
                f"{document.file}, `{'.'.join(map(str, wrong['loc']))}`",
                "split it, or leave out what no rule reads",
            )
            for wrong in error.errors()
        ) from None
