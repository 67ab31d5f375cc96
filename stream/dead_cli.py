"""`keran dead`: options in, dead letters of the topic or of a file listed, shown or published again, an exit code out.

0 done; 1 no such letter, or letters that their topic refused; 2 bad setup. Answers stand on standard output, progress
and counts on standard error.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import ExitStack, aclosing
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from stream.contract.dead_record import DeadRecord
from stream.dead.filters import Filters, asked_for, read_filters
from stream.dead.rows import HEADING, By, count_lines, count_rows, counted_by, line, read_line, row
from stream.dead.words import can_be_read, in_words
from stream.problems import BadSetup, Problem, gathered
from stream.settings import Settings, check_settings, read_settings

app = typer.Typer(no_args_is_help=True, help="List, show and replay dead letters.")

ReasonOption = Annotated[
    list[str] | None, typer.Option("--reason", metavar="CODE", help="Of this reason; may be repeated.")
]
PathOption = Annotated[
    str | None, typer.Option("--path", metavar="PATH", help="At this field or below it, such as `$.listing`.")
]
TopicOption = Annotated[str | None, typer.Option("--topic", metavar="TOPIC", help="Whose original lay in this topic.")]
PartitionOption = Annotated[
    int | None, typer.Option("--partition", min=0, metavar="N", help="Whose original lay in this partition.")
]
SinceOption = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Made at this time or later.")]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Made before this time.")]
KeyOption = Annotated[str | None, typer.Option("--key", metavar="KEY", help="Of this key, as it is or as listed.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most so many.")]


@app.command("list")
def list_letters(
    reason: ReasonOption = None,
    path: PathOption = None,
    topic: TopicOption = None,
    partition: PartitionOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    key: KeyOption = None,
    limit: LimitOption = None,
    by: Annotated[By | None, typer.Option("--by", help="Count them by this instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    file: Annotated[
        str | None,
        typer.Option(metavar="DEAD.jsonl", help="From the file that `keran replay --dead-letters` writes; `-` too."),
    ] = None,
) -> None:
    """Dead letters as a table, partition by partition from the oldest on."""
    settings, filters = _start(reason, path, topic, partition, since, until, key)
    letters = _of_file(file) if file else _of_topic(settings, beside_rows=by is None)
    listing = _count(letters, filters, by, limit, as_json) if by else _list(letters, filters, limit, as_json)
    _run(settings, listing)


@app.command()
def show(
    place: Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", help="Where it lies among the dead letters.")],
) -> None:
    """One dead letter whole, with a caret at the field that could not be read."""
    settings = read_settings()
    found = _run(settings, _show(settings, *_read_place(place)))
    if found is None:
        print(f"no dead letter at {place} of `{settings.topic_dead}`", file=sys.stderr)
        raise typer.Exit(1)
    print(found)


@app.command()
def replay(
    reason: ReasonOption = None,
    path: PathOption = None,
    topic: TopicOption = None,
    partition: PartitionOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    key: KeyOption = None,
    limit: LimitOption = None,
    to: Annotated[str | None, typer.Option(metavar="TOPIC", help="Publish here, not where each came from.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Do it; without this nothing is published.")] = False,
    even_unreadable: Annotated[
        bool, typer.Option("--even-unreadable", help="Those too that today's contract cannot read.")
    ] = False,
) -> None:
    """Publish the originals again, each once however often this is run."""
    from stream.engines.dead_replay import Wanted

    settings, filters = _start(reason, path, topic, partition, since, until, key, to)
    readable = (lambda letter: True) if even_unreadable else can_be_read
    wanted = Wanted(partial(asked_for, filters=filters), readable, to, limit)
    replayed = _run(settings, _replay(settings, wanted, publish))
    told = ", ".join(f"{count:,} {what}" for what, count in sorted(replayed.counts.items())) or "none asked for"
    print(f"dead letters: {told}{'' if publish else '; a dry run, `--publish` does it'}", file=sys.stderr)
    for letter, why in replayed.refused:
        print(f"refused: {letter.at.partition}:{letter.at.offset}, {why}", file=sys.stderr)
    raise typer.Exit(0 if replayed.done else 1)


def _start(
    codes: list[str] | None,
    path: str | None,
    topic: str | None,
    partition: int | None,
    since: str | None,
    until: str | None,
    key: str | None,
    to: str | None = None,
) -> tuple[Settings, Filters]:
    """Give settings and filters. Raises BadSetup with every problem of both."""
    settings, problems = check_settings()
    asked = {"codes": codes or (), "path": path, "topic": topic, "partition": partition, "key": key}
    filters = gathered(problems, lambda: read_filters(**asked, since=since, until=until))
    if to == settings.topic_dead:
        message = f"`{to}` is the topic of the dead letters themselves"
        problems.append(Problem(message, "command line, `--to`", "name a topic of listing events"))
    if problems:
        raise BadSetup(problems)
    return settings, filters


def _run(settings: Settings, doing: Coroutine[Any, Any, Any]) -> Any:
    from stream.engines.dead_problems import telling_problems

    with telling_problems(settings):
        return asyncio.run(doing)


async def _of_topic(settings: Settings, *, beside_rows: bool) -> AsyncIterator[DeadRecord]:
    from stream.engines.dead_letters import dead_progress, dead_topic, letters_of

    async with dead_topic(settings) as dead:
        with dead_progress(dead.offsets, "reading dead letters", beside_rows=beside_rows) as advance:
            for partition in dead.ends:
                async for letter in letters_of(dead, partition, 0, advance):
                    yield letter


async def _of_file(file: str) -> AsyncIterator[DeadRecord]:
    from stream.engines.replay import open_file

    with ExitStack() as stack:
        for number, content in enumerate(open_file(stack, file, "rb")):
            letter = read_line(content, Path(file).name, number)
            if letter is None:
                problem = Problem("expected a dead letter", f"{file}:{number + 1}", "a line that Keran wrote")
                raise BadSetup([problem])
            yield letter


async def _list(letters: AsyncIterator[DeadRecord], filters: Filters, limit: int | None, as_json: bool) -> None:
    count = 0
    async with aclosing(letters):
        async for letter in letters:
            if asked_for(letter, filters):
                heading = [] if count or as_json else [HEADING]
                _print([*heading, line(letter).decode() if as_json else row(letter)])
                count += 1
            if count == limit:
                break
    _tell(count)


async def _count(
    letters: AsyncIterator[DeadRecord], filters: Filters, by: By, limit: int | None, as_json: bool
) -> None:
    counts: Counter[str] = Counter()
    async for letter in letters:
        if asked_for(letter, filters):
            counts[counted_by(letter, by)] += 1
    _print((count_lines(counts, by) if as_json else count_rows(counts))[:limit])
    _tell(counts.total())


async def _show(settings: Settings, partition: int, offset: int) -> str | None:
    from stream.engines.dead_letters import dead_topic, letters_of, marks_of

    async with dead_topic(settings) as dead:
        if not dead.begins.get(partition, 0) <= offset < dead.ends.get(partition, 0):
            return None
        async with aclosing(letters_of(dead, partition, offset)) as letters:
            letter = await anext(letters, None)
        if letter is None or letter.at.offset != offset:
            return None
        return in_words(letter, (await marks_of(dead, partition, offset + 1)).get(offset))


async def _replay(settings: Settings, wanted: Any, publish: bool) -> Any:
    from stream.engines.dead_letters import dead_progress, dead_topic
    from stream.engines.dead_publisher import publisher
    from stream.engines.dead_replay import replay_dead

    if not publish:
        async with dead_topic(settings, to=wanted.to) as dead:
            with dead_progress(dead.offsets, "counting dead letters") as advance:
                return await replay_dead(dead, wanted, None, advance)
    # The topics are looked for before anything is fenced; the marks are read after.
    async with dead_topic(settings, to=wanted.to):
        pass
    async with publisher(settings) as by, dead_topic(settings, to=wanted.to, to_the_last=True) as dead:
        with dead_progress(dead.offsets, "replaying dead letters") as advance:
            return await replay_dead(dead, wanted, by, advance)


def _read_place(place: str) -> tuple[int, int]:
    partition, _, offset = place.partition(":")
    if not (partition.isdecimal() and offset.isdecimal() and place.isascii() and len(place) < 32):
        message = f"expected `PARTITION:OFFSET`, got `{place}`"
        raise BadSetup([Problem(message, "command line", "the first column of `keran dead list`, such as `3:42`")])
    return int(partition), int(offset)


def _print(lines: Iterable[str]) -> None:
    for text in lines:
        print(text)


def _tell(count: int) -> None:
    # Behind the rows, also where both outputs are one.
    sys.stdout.flush()
    print(f"{count:,} dead letter{'' if count == 1 else 's'}", file=sys.stderr)
