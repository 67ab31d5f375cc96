"""The command line: options in, one engine or check called, an exit code out.

0 done; 1 the command ran and the answer is no (a worker that could not go on, a failed demo); 2 bad setup,
every problem shown. Each command imports what it needs, so that a worker's machine needs neither the training nor the
demo extra.
"""

import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stream.audit_cli import audit_app
from stream.contract.instant import Instant, instant_of, parse_instant
from stream.dead_cli import app as dead_app
from stream.engines.machine import ProcessDied
from stream.labels_cli import labels_app, load_answers, load_labels
from stream.live_cli import live_app
from stream.on_disk import is_folder
from stream.problems import BadSetup, Problem, gathered
from stream.settings import TOPIC, Settings, read_settings, settings_rows
from stream.spark_cli import spark
from stream.sweep_cli import sweep as sweep_command

BAD_SETUP = 2
# What a replay of plain lines does not read, or write, and the catalogue's does.
_CATALOGUES = (".parquet", ".pq", ".gz", ".zst", ".zstd")

app = typer.Typer(
    name="keran",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The import tap as software.",
)
policy_app = typer.Typer(no_args_is_help=True, help="Check, test, show and compare policies.")
app.add_typer(policy_app, name="policy")
app.add_typer(dead_app, name="dead")
app.add_typer(audit_app, name="audit")
app.add_typer(live_app, name="live")
app.command()(spark)
app.command("sweep")(sweep_command)
app.add_typer(labels_app, name="labels")

PolicyOption = Annotated[
    list[Path] | None, typer.Option("--policy", help="Policy file or folder; may be repeated. Default: KERAN_POLICIES.")
]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Id of the model. Default: KERAN_MODEL, or the only one on the shelf.")
]
ShelfOption = Annotated[Path | None, typer.Option("--shelf", help="Folder of models. Default: KERAN_SHELF.")]
CandidatesOption = Annotated[
    Path | None, typer.Option("--candidates", help="Folder of candidates. Default: `candidates` beside the shelf.")
]
PoliciesArgument = Annotated[
    list[Path] | None, typer.Argument(metavar="FILE|FOLDER", help="Policies. Default: KERAN_POLICIES.")
]
RowsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--rows",
        metavar="FILE",
        help="Labelled rows: JSONL, CSV or Parquet with `text` or `title`, `cluster`, and optional `source`, "
        "`language`, `seller`, `weight`, `country`; may be repeated.",
    ),
]
LabelsOption = Annotated[
    str | None,
    typer.Option(
        "--labels", metavar="FILE|topic", help="People's labels, JSONL, or KERAN_TOPIC_LABELS; they overrule rows."
    ),
]
AnswersOption = Annotated[
    str | None,
    typer.Option(
        "--labels", metavar="FILE|topic", help="People's labels, JSONL, which overrule the model; or `topic`."
    ),
]
NoCorpusOption = Annotated[bool, typer.Option("--no-corpus", help="Learn from the labelled rows alone.")]
WeightRowsOption = Annotated[
    float,
    typer.Option("--weight-rows", min=0, max=1, help="What part of each cluster rows count for beside the corpus."),
]
ClusterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--cluster", metavar="NAME", help="A cluster that rows may have; may be repeated. Default: the corpus's own."
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The same seed and inputs give the same bytes.")]
GatesFileOption = Annotated[
    Path | None,
    typer.Option(
        "--gates-file", metavar="FILE", help="Default: training/gates.yaml, or gates_corpus.yaml without rows."
    ),
]
AsKnownOn = Annotated[
    str | None, typer.Option("--as-known-on", metavar="TIME", help="Leave out what was published later.")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="TIME|event",
        help="Decide as of this time, or as of each event's own. Default: KERAN_AS_OF, else event.",
    ),
]
MarkdownOption = Annotated[str | None, typer.Option(metavar="OUT", help="The report for a pull request; `-` likewise.")]
MaxFlips = Annotated[
    str | None,
    typer.Option(metavar="N|N%", help="Exit with 1 if more listings are newly blocked or newly allowed."),
]
MaxLocalBlocks = Annotated[
    str | None, typer.Option(metavar="N", help="Exit with 1 if more listings of local sellers are newly blocked.")
]
Examples = Annotated[int, typer.Option(min=0, help="How many listings are shown of each sort of change.")]
Processes = Annotated[int, typer.Option(min=1, help="How many processes decide side by side.")]


def main() -> None:
    """Run the command line. Bad setup shows every problem and exits with 2; our own bugs show a traceback."""
    try:
        app()
    except BadSetup as bad:
        print("\n\n".join(map(str, bad.problems)), file=sys.stderr)
        sys.exit(BAD_SETUP)
    except ProcessDied as died:
        print(f"stopped: {died}", file=sys.stderr)
        sys.exit(1)


@app.command()
def demo(
    events: Annotated[int, typer.Option(min=1, help="How many records to send.")] = 240,
    rate: Annotated[float, typer.Option(min=0.1, help="Records a second.")] = 20.0,
) -> None:
    """Embedded broker, worker, sample traffic, a live table of decisions."""
    run = _import_extra("demo", "stream.engines.demo.run", "confluent_kafka")
    raise typer.Exit(run.demo(events, rate, Console()))


@app.command()
def worker() -> None:
    """The Faust worker, against KERAN_BROKER."""
    from stream.engines.live_start import begin
    from stream.engines.worker import run_worker

    raise typer.Exit(run_worker(*begin()))


@app.command()
def archive(
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the archive lies, or shall lie.")],
    rows: Annotated[int, typer.Option(min=1, help="Records a segment has at most.")] = 100_000,
    size: Annotated[int, typer.Option("--bytes", min=1, help="Bytes a segment takes in at most.")] = 64 << 20,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long a record waits at most to be written.")] = 300.0,
    without_lag: Annotated[
        bool, typer.Option("--without-lag", help="Also where `min.compaction.lag.ms` of the decisions is 0.")
    ] = False,
) -> None:
    """Write every decision into hash-chained Parquet segments, before compaction can take it."""
    run = _import_extra("catalogue", "stream.engines.archive", "pyarrow")
    raise typer.Exit(run.run_archive(read_settings(), to, run.Limits(rows, size, seconds), without_lag))


@app.command()
def console(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 takes a free one.")] = 8_080,
    demo: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """The web page: live decisions, one listing's whole path, review, policies and models, from the topics."""
    run = _import_extra("console", "stream.engines.console", ("starlette", "uvicorn", "jinja2"))
    raise typer.Exit(run.run_console(host, port, demo=demo))


@app.command()
def replay(
    source: Annotated[
        str, typer.Argument(metavar="IN.jsonl", help="Listing events, one a line; `-` reads standard input.")
    ],
    output: Annotated[
        str, typer.Option(metavar="OUT.jsonl", help="Decisions and tombstones; `-` writes standard output.")
    ],
    dead_letters: Annotated[
        str | None, typer.Option(metavar="DEAD.jsonl", help="What could not be read, and why.")
    ] = None,
    policy: PolicyOption = None,
    model: ModelOption = None,
    as_of: AsOf = None,
    as_known_on: AsKnownOn = None,
    labels: AnswersOption = None,
    processes: Processes = 1,
) -> None:
    """The pipeline over a file: the same bytes in give the same bytes out.

    Parquet, a folder of it and packed lines are read too; an output that ends in `.parquet` holds every outcome.
    """
    from stream.compose import load_sets

    problems = _time_problems(as_of, as_known_on)
    answers = gathered(problems, lambda: load_answers(labels, source)) or {}
    if processes > 1 or is_folder(source) or source.endswith(_CATALOGUES) or output.endswith(_CATALOGUES):
        run = _import_extra("catalogue", "stream.engines.replay_files", "pyarrow")
        wanted = run.Wanted(source, output, dead_letters, policy or (), model, processes, answers)
        _print_tally(run.replay_files(wanted, problems, lambda settings: _moments(settings, as_of, as_known_on)))
        return
    from stream.engines.replay import reading_progress
    from stream.engines.replay import replay as run
    from stream.pipeline import Pipeline

    settings, loaded, (policies,) = load_sets([policy or ()], problems, model=model)
    moment, known = _moments(settings, as_of, as_known_on)
    with reading_progress(source) as progress:
        tally = run(
            Pipeline(loaded, policies),
            source,
            output,
            dead_letters,
            as_of=moment,
            as_known_on=known,
            labels=answers,
            run_rows=settings.run_rows,
            progress=progress,
        )
    _print_tally(tally)


@app.command()
def profile(
    source: Annotated[
        str, typer.Argument(metavar="IN.jsonl", help="Listing events, one a line; `-` reads standard input.")
    ],
    output: Annotated[Path, typer.Option(metavar="PROFILE.json", help="Name it in KERAN_DRIFT_PROFILE.")],
    model: ModelOption = None,
) -> None:
    """What the model makes of your own listings: what a worker measures drift from."""
    from stream.classify.artifact import load_model
    from stream.drift.profile import write_profile
    from stream.engines.profiling import profile_lines
    from stream.engines.replay import reading_progress

    settings = read_settings()
    loaded = load_model(settings.shelf, model or settings.model)
    with reading_progress(source, "profiling") as progress:
        found = profile_lines(loaded, source, settings.run_rows, progress)
    _write_text(output, write_profile(found))
    print(f"profile of {found.model}: {found.of}")


@app.command()
def explain(
    listing: Annotated[
        str, typer.Argument(metavar="LISTING.json", help="One listing event; `-` reads standard input.")
    ] = "-",
    policy: PolicyOption = None,
    model: ModelOption = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME|event", help="As of when. Default: KERAN_AS_OF, else the event's own time."),
    ] = None,
    as_known_on: AsKnownOn = None,
    labels: AnswersOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as one JSON object.")] = False,
) -> None:
    """One listing, the whole path, in words."""
    from stream.compose import load_sets
    from stream.explain import explain as run
    from stream.explain import in_words
    from stream.pipeline import Pipeline

    problems: list[Problem] = []
    answers = gathered(problems, lambda: load_answers(labels, listing)) or {}
    settings, loaded, (policies,) = load_sets([policy or ()], problems, model=model)
    moment, known = _moments(settings, as_of, as_known_on)
    explanation = run(Pipeline(loaded, policies), _read_bytes(listing), moment, known, answers)
    if as_json:
        import orjson

        print(orjson.dumps(explanation, option=orjson.OPT_INDENT_2).decode())
    else:
        Console(highlight=False, soft_wrap=True).print(in_words(explanation), markup=False)
    raise typer.Exit(1 if "dead_letter" in explanation else 0)


@policy_app.command("check")
def policy_check(
    paths: PoliciesArgument = None,
    model: ModelOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if there are warnings.")] = False,
) -> None:
    """Find every problem of settings, model and policies together, and what is doubtful.

    Problems exit with 2. Warnings are told and pass, or with `--strict` exit with 1.
    """
    from stream.cases.run import reached_by_cases
    from stream.compose import load
    from stream.decide.laws import warnings_of
    from stream.decide.laws.given import Given
    from stream.timeline.phrases import counted

    settings, pipeline = load(paths or (), model=model)
    reached, doubtful = reached_by_cases(pipeline.policies, pipeline.model)
    given = Given(pipeline.model.clusters, _now(settings).micros, reached)
    warnings = [*warnings_of(pipeline.policies, given), *doubtful]
    print("".join(f"{warning}\n\n" for warning in warnings), end="")
    also = f", {counted(len(warnings), 'warning')}" if warnings else ""
    print(f"{counted(len(pipeline.policies.policies), 'policy', 'policies')}, no problems{also}")
    raise typer.Exit(1 if strict and warnings else 0)


@policy_app.command("test")
def policy_test(paths: PoliciesArgument = None, model: ModelOption = None) -> None:
    """Run the cases that lie beside policies; exits with 1 if any is not decided as it expects."""
    from stream.cases.report import in_words
    from stream.cases.run import run_policies

    ran = run_policies(paths or (), model=model)
    print(in_words(ran))
    raise typer.Exit(0 if all(policy.passed for policy in ran) else 1)


@policy_app.command("vectors")
def policy_vectors(
    paths: PoliciesArgument = None,
    output: Annotated[str, typer.Option(metavar="OUT.jsonl", help="Vectors; `-` writes standard output.")] = "-",
    model: ModelOption = None,
) -> None:
    """Write, for every rule, the smallest listing event that matches it and the nearest that does not."""
    import orjson

    from stream.compose import load
    from stream.decide.vectors import NoVector, plain, vectors_of
    from stream.timeline.phrases import counted

    _, pipeline = load(paths or (), model=model)
    made = list(vectors_of(pipeline.policies, pipeline.model.clusters))
    lines = [orjson.dumps(plain(each)) + b"\n" for each in made if not isinstance(each, NoVector)]
    _write_bytes(output, b"".join(lines))
    for each in (each for each in made if isinstance(each, NoVector)):
        print(f"{each.reason}\n  --> {each.rule.place}", file=sys.stderr)
    print(f"{counted(len(lines), 'vector')}, {len(made) - len(lines)} not found", file=sys.stderr)


@policy_app.command("show")
def policy_show(
    paths: PoliciesArgument = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="A date or time in the policies' zone. Default: KERAN_AS_OF, else now."),
    ] = None,
    as_known_on: AsKnownOn = None,
    html: Annotated[Path | None, typer.Option(metavar="OUT.html", help="Write it as a page too.")] = None,
    svg: Annotated[Path | None, typer.Option(metavar="OUT.svg", help="Write the timeline as a drawing too.")] = None,
) -> None:
    """Show what is in force, what comes next, what is due for review, and a timeline."""
    from stream.decide.load import load_policies
    from stream.timeline.timeline import asked_moment, timeline_of
    from stream.timeline.words import in_words

    page = _import_extra("report", "stream.timeline.page", "jinja2") if html or svg else None
    settings = read_settings()
    policies = load_policies(paths or [settings.policies], None)
    known_on = asked_moment(as_known_on, "command line, `--as-known-on`", policies)
    moment = asked_moment(as_of, "command line, `--as-of`", policies)
    if moment is None:
        moment = asked_moment(_now(settings).text, "environment, `KERAN_AS_OF`", policies)
    timeline = timeline_of(policies, moment, known_on)
    Console(highlight=False, soft_wrap=True).print(in_words(timeline), markup=False)
    if html:
        _write_text(html, page.write_page(timeline))
    if svg:
        _write_text(svg, page.write_svg(timeline))


@policy_app.command("diff")
def policy_diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Policy file or folder that decides today.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The one that would decide in its place.")],
    events: Annotated[
        str, typer.Option("--on", metavar="EVENTS.jsonl", help="Listing events, one a line; `-` reads standard input.")
    ],
    model: ModelOption = None,
    as_of: AsOf = None,
    as_known_on: AsKnownOn = None,
    json: Annotated[
        str | None, typer.Option(metavar="OUT", help="The report as `keran.diff/1`; `-` writes it in place of tables.")
    ] = None,
    markdown: MarkdownOption = None,
    max_flips: MaxFlips = None,
    max_local_blocks: MaxLocalBlocks = None,
    examples: Examples = 3,
    labels: AnswersOption = None,
) -> None:
    """Compare what two policy sets decide on the same listing events, before the second is live."""
    from stream.engines.diff_files import Wanted, diff_files

    problems = _time_problems(as_of, as_known_on)
    answers = gathered(problems, lambda: load_answers(labels, events)) if labels else None
    wanted = Wanted(old, new, events, model, json, markdown, max_flips, max_local_blocks, examples, labels=answers)
    code = diff_files(wanted, problems, lambda settings: _moments(settings, as_of, as_known_on))
    raise typer.Exit(code)


@app.command()
def impact(
    catalogue: Annotated[
        str,
        typer.Option(
            "--on",
            metavar="CATALOGUE|topic",
            help="Listing events: JSONL, Parquet, or a folder of it; `topic`: KERAN_TOPIC_LISTINGS, against decisions.",
        ),
    ],
    policy: PolicyOption = None,
    model: ModelOption = None,
    old_policy: Annotated[
        list[Path] | None, typer.Option("--old-policy", help="What decides today. Default: KERAN_POLICIES.")
    ] = None,
    old_model: Annotated[
        str | None, typer.Option("--old-model", help="The model of today. Default: KERAN_MODEL, or the only one.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME|event", help="Decide as of this time. Default: KERAN_AS_OF, else each event's own."),
    ] = None,
    old_as_of: Annotated[
        str | None, typer.Option(metavar="TIME|event", help="The same of the old side. Default: as the new one.")
    ] = None,
    decided: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="The old side is what stands: files of decisions, the last of a listing."),
    ] = None,
    as_known_on: AsKnownOn = None,
    labels: AnswersOption = None,
    json: Annotated[
        str | None,
        typer.Option(metavar="OUT", help="The report as `keran.impact/1`; `-` writes it in place of tables."),
    ] = None,
    markdown: MarkdownOption = None,
    max_flips: MaxFlips = None,
    max_local_blocks: MaxLocalBlocks = None,
    examples: Examples = 3,
    samples: Annotated[
        int, typer.Option(min=0, metavar="N", help="Draw so many changes for people to review, doubtful ones rather.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="The same seed draws the same sample.")] = 1,
    html: Annotated[str | None, typer.Option(metavar="OUT.html", help="The report as a page with pictures.")] = None,
    parquet: Annotated[
        str | None, typer.Option(metavar="OUT.parquet", help="Every changed listing, a row each, for analysts.")
    ] = None,
    processes: Processes = 1,
) -> None:
    """What another policy, model or moment would change over a whole catalogue, before anything is live."""
    run = _import_extra("catalogue", "stream.engines.impact_files", "pyarrow")
    if html:
        _import_extra("report", "stream.changes.page", "jinja2")
    from stream.engines.diff import Moment
    from stream.engines.impact import Compared

    def compared(settings: Settings) -> Compared:
        if problems:  # what is wrong with the times is told with the rest
            return Compared(old_policy or (), policy or (), old_model, model, decided=decided or ())
        moment, known = _moments(settings, as_of, as_known_on)
        before = Moment(_moments(settings, old_as_of, None)[0]) if old_as_of else None
        sides = (old_policy or (), policy or (), old_model, model, moment, known, before)
        return Compared(*sides, decided or (), answers or {})

    problems = _time_problems(as_of, as_known_on)
    if old_as_of not in (None, "event"):
        gathered(problems, lambda: _instant("--old-as-of", old_as_of))
    problems += run.contradictions(catalogue, decided or (), old_policy, old_model, old_as_of, processes)
    problems += run.label_contradictions(catalogue, labels)
    answers = gathered(problems, lambda: load_answers(labels)) if labels and catalogue != TOPIC else None
    decided = [TOPIC] if catalogue == TOPIC else decided
    ours = read_settings().policies if not ((old_policy or decided) and policy) else Path()
    old, new = (Path(", ".join(map(str, paths or [ours]))) for paths in (decided or old_policy, policy))
    reports = run.Wanted(old, new, catalogue, model, json, markdown, max_flips, max_local_blocks, examples)
    wanted = replace(
        reports, decided=decided or (), samples=samples, seed=seed, parquet=parquet, html=html, labels=answers
    )
    raise typer.Exit(run.impact_files(wanted, problems, compared, processes))


@app.command()
def train(
    model_id: Annotated[str, typer.Argument(metavar="ID", help="The new entry's name on the shelf.")],
    rows: RowsOption = None,
    labels: LabelsOption = None,
    no_corpus: NoCorpusOption = False,
    weight_rows: WeightRowsOption = 0.25,
    cluster: ClusterOption = None,
    seed: SeedOption = 1,
    shelf: ShelfOption = None,
    candidates: CandidatesOption = None,
    candidate_only: Annotated[
        bool, typer.Option("--candidate-only", help="Leave the candidate where it is; `keran publish` asks the gates.")
    ] = False,
    champion: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Compare with this model of the shelf, or `none`. Default: the only one."),
    ] = None,
    gates_file: GatesFileOption = None,
    bad_rows: Annotated[
        Path | None, typer.Option(metavar="OUT.csv", help="Write every bad row: place, reason, expected, found.")
    ] = None,
    label_errors: Annotated[
        Path | None, typer.Option(metavar="OUT.csv", help="Write rows whose cluster is likely wrong, likeliest first.")
    ] = None,
    track: Annotated[
        str | None, typer.Option(metavar="URI", help="Record the run in MLflow, such as `sqlite:///runs.db`.")
    ] = None,
) -> None:
    """Train a model on the project's corpus and on labelled rows, and publish it if every gate lets it pass."""
    run = _import_extra("train", "training.train_files", "sklearn")
    settings = read_settings()
    wanted = run.Wanted(
        shelf or settings.shelf,
        settings.model,
        rows or (),
        cluster or (),
        candidates,
        candidate_only,
        champion,
        gates_file,
        bad_rows,
        label_errors,
        track,
        load_labels(labels) if labels else None,
    )
    recipe = run.Recipe(model_id, not no_corpus, weight_rows, seed)
    raise typer.Exit(run.train_files(recipe, wanted, Console(stderr=True)))


@app.command()
def publish(
    candidate: Annotated[str, typer.Argument(help="A candidate's id, or its folder.")],
    shelf: ShelfOption = None,
    candidates: CandidatesOption = None,
    gates_file: GatesFileOption = None,
) -> None:
    """Move a candidate to the shelf if every gate lets it pass."""
    run = _import_extra("train", "training.train_files", "sklearn")
    raise typer.Exit(run.publish_named(candidate, shelf or read_settings().shelf, candidates, gates_file))


@app.command()
def learning_curve(
    rows: RowsOption,
    no_corpus: NoCorpusOption = False,
    weight_rows: WeightRowsOption = 0.25,
    cluster: ClusterOption = None,
    seed: SeedOption = 1,
    share: Annotated[
        list[float] | None, typer.Option(min=0, max=1, help="A share of the rows; may be repeated.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(metavar="OUT.csv", help="Write the curve.")] = None,
) -> None:
    """What more labelled rows would bring: macro-F1 on held-out sources, by share of the rows learnt from."""
    run = _import_extra("train", "training.train_files", "sklearn")
    recipe = run.Recipe("learning-curve", not no_corpus, weight_rows, seed)
    wanted = run.Wanted(read_settings().shelf, rows=rows or (), clusters=cluster or ())
    Console().print(run.learning_curve_files(recipe, wanted, share or (), csv, Console(stderr=True)))


@app.command()
def evaluate(
    data: Annotated[
        list[Path], typer.Option(metavar="FILE", help="Labelled rows, JSONL, CSV or Parquet; may be repeated.")
    ],
    json: Annotated[Path, typer.Option(metavar="OUT", help="Every figure; docs/evaluation.md says what each is.")],
    html: Annotated[Path | None, typer.Option(metavar="OUT", help="The report, with pictures and titles.")] = None,
    model: ModelOption = None,
    champion: Annotated[
        str | None, typer.Option(metavar="ID", help="A model of the shelf to compare with on the same rows.")
    ] = None,
    evasion: Annotated[bool, typer.Option("--evasion", help="Measure every disguise too.")] = False,
    gates: Annotated[
        bool, typer.Option("--gates", help="Exit with 1 if a gate of training/gates.yaml refuses.")
    ] = False,
    gates_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The same by a gates file of your own.")
    ] = None,
    disputed: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Titles without which the figures are given beside.")
    ] = None,
    closed: Annotated[
        list[str] | None,
        typer.Option(metavar="CLUSTER", help="A closed cluster; may be repeated. Default: AKAR's three."),
    ] = None,
    block_at: Annotated[
        float, typer.Option(min=0, max=1, help="Block where their summed score is this or more.")
    ] = 0.8,
    shelf: Annotated[Path | None, typer.Option(help="Default: KERAN_SHELF.")] = None,
) -> None:
    """Measure a model on labelled rows: per cluster, source and slice, blocks, calibration, disguises, gates."""
    run = _import_extra("train", "training.evaluate_files", "sklearn")
    settings = read_settings()
    wanted = run.Wanted(
        data,
        json,
        html,
        model or settings.model,
        champion,
        evasion,
        gates_file or (run.SHIPPED if gates else None),
        disputed,
        run.asked_with(closed, block_at),
    )
    raise typer.Exit(run.evaluate_files(shelf or settings.shelf, wanted, Console()))


@app.command()
def models(shelf: ShelfOption = None) -> None:
    """List the shelf: each entry's digest, what it learnt from, how it did on held-out titles, when it abstains."""
    from stream.shelf import shelf_table

    Console().print(shelf_table(shelf or read_settings().shelf))


@app.command()
def settings(
    markdown: Annotated[bool, typer.Option(help="As the table of the README.")] = False,
) -> None:
    """List every setting with its default."""
    if markdown:
        print("| variable | default | what it is |\n|---|---|---|")
        for name, default, words in settings_rows():
            print(f"| `{name}` | {f'`{default}`' if default else ''} | {words} |")
        return
    table = Table("variable", "default", "what it is", "now")
    now = read_settings()
    for name, default, words in settings_rows():
        value = getattr(now, name.removeprefix("KERAN_").lower())
        table.add_row(name, default, words, "" if value is None else str(value))
    Console().print(table)


def _print_tally(tally: Counter[str]) -> None:
    words = ", ".join(f"{count:,} {name}" for name, count in sorted(tally.items())) or "no records"
    print(f"{tally.total():,} outcomes: {words}", file=sys.stderr)


def _now(settings: Settings) -> Instant:
    """Give the clock's time, or the one that the settings pin it to."""
    return settings.as_of or instant_of(datetime.now(UTC))


def _moments(settings: Settings, as_of: str | None, as_known_on: str | None) -> tuple[Instant | None, Instant | None]:
    known = _instant("--as-known-on", as_known_on) if as_known_on else None
    if as_of is None:
        return settings.as_of, known
    return (None if as_of == "event" else _instant("--as-of", as_of)), known


def _time_problems(as_of: str | None, as_known_on: str | None) -> list[Problem]:
    problems: list[Problem] = []
    for option, text in (("--as-of", None if as_of == "event" else as_of), ("--as-known-on", as_known_on)):
        if text is not None:
            gathered(problems, lambda option=option, text=text: _instant(option, text))
    return problems


def _instant(option: str, text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError:
        message = f"expected an RFC 3339 time with an offset, such as `2021-09-01T00:00:00+07:00`, got `{text}`"
        raise BadSetup([Problem(message, f"command line, `{option}`", "`--as-of` also takes `event`")]) from None


def _write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadSetup(
            [Problem(f"file cannot be written: {error.strerror}", str(path), "name another place")]
        ) from None


def _read_bytes(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise BadSetup(
            [Problem(f"file cannot be read: {error.strerror}", path, "name a file with one listing event")]
        ) from None


def _write_bytes(path: str, written: bytes) -> None:
    try:
        sys.stdout.buffer.write(written) if path == "-" else Path(path).write_bytes(written)
    except OSError as error:
        problem = Problem(f"file cannot be written: {error.strerror}", path, "name another place")
        raise BadSetup([problem]) from None


def _words(needs: str | tuple[str, ...]) -> tuple[str, ...]:
    return (needs,) if isinstance(needs, str) else needs


def _import_extra(extra: str, module: str, needs: str | tuple[str, ...]):
    import importlib

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name is None or not missing.name.startswith((*_words(needs), "joblib", "scipy")):
            raise
        problem = Problem(
            f"`{missing.name}` is not installed",
            f"command line, `keran {sys.argv[1]}`",
            f"pip install 'keran[{extra}]'",
        )
        raise BadSetup([problem]) from None


if __name__ == "__main__":
    main()
