"""``python -m sparsemix graph LOG...``: which kinds of events lead to which, over any number of logs.

     later  share  earlier  reverse   logs     lift  events  seconds
1.      28   100%       24        0      1     62.8     112      103
     INFO <*> PLC valve opened supply=<*>
  -> ERROR <*> PLC alarm pressure low supply=<*> pressure=<*> bar
     for example line 17 and line 139 of line4.log
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path

from sparsemix.atomic_files import replacing
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import InputError
from sparsemix.graph.export import as_graphml, as_json
from sparsemix.graph.leads import Edge, LeadsGraph, leads
from sparsemix.graph.pair_counts import MOST_EDGES, PairCounts, added, counts_of, readable
from sparsemix.graph.point_process import MOST_EVENTS, OTHERS, Lead
from sparsemix.graph.timed_graph import TimedGraph, timed_graph
from sparsemix.model.fallback import run_or_fall_back
from sparsemix.model.model import SparseMixModel
from sparsemix.readers import read_path
from sparsemix.readers.options import ReadOptions, add_read_options, read_options
from sparsemix.terminal import end_progress, printable, share_teller, shortened, tell

_TOP, _LEAST = 20, 1
_WIDTH = 110  # characters of a kind in the table
_HEADER = f"{'':5} {'later':>7} {'share':>6} {'earlier':>8} {'reverse':>8} {'logs':>6} {'lift':>8} {'events':>7} {'seconds':>8}"
_LEGEND = """later: events that were selected together with an earlier one of that kind; share: of all events of their kind
earlier: those earlier events; reverse: later events of the opposite edge
lift: pairs, by what the frequency of the earlier kind would give; events, seconds: median lag
That the model read two kinds together is evidence, no proof that one causes the other."""
_TIMED_HEADER = (
    f"{'':5} {'explained':>9} {'share':>6} {'reverse':>8} {'lift':>8} {'gain':>9}  {'lag 25 %':>9}  {'50 %':>9}  {'75 %':>9}"
)
_TIMED_LEGEND = """explained: later events, by the earlier kind; share: of all of their kind; reverse: by the opposite edge
lift: how much more of the earlier kind's influence there is when a later event comes than when any comes
gain: by how much the logarithm of the likelihood of all events falls without the edge alone; lags in {unit}
What makes another kind more likely need not cause it: both may have a cause that no line tells."""


def add_graph(parser: ArgumentParser, weights: Path) -> None:
    """Add the options of ``graph``; ``weights``: those that judge a log by default."""
    parser.add_argument("files", type=Path, nargs="+", metavar="LOG", help="logs of one system, as for trace")
    parser.add_argument("--weights", type=Path, default=weights, help="for logs whose words they know")
    parser.add_argument(
        "--by-times", action="store_true", help="by the times of the events alone, without weights: what makes what more likely"
    )
    parser.add_argument(
        "--by-source",
        action="store_true",
        help="with --by-times: only events of one source (station, device) lead to each other",
    )
    parser.add_argument(
        "--least",
        type=_up_to(MOST_EVENTS),
        default=_LEAST,
        metavar="N",
        help="with --by-times: an edge explains at least so many events (default %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the graph as JSON")
    parser.add_argument("--graphml", type=Path, metavar="FILE", help="write the graph as GraphML")
    parser.add_argument(
        "--top", type=_up_to(MOST_EDGES), default=_TOP, metavar="N", help="edges shown and written (default %(default)s)"
    )
    add_read_options(parser)
    parser.set_defaults(run=run_graph)


def run_graph(options: Namespace) -> None:
    """Run ``graph``. Raises ``InputError`` where a file cannot be read, once the others are counted and shown."""
    if (options.by_source or options.least != _LEAST) and not options.by_times:
        raise InputError("--by-source and --least go with --by-times", code="times_alone")
    failed: list[Path] = []
    sequences = _read(options.files, read_options(options), failed)
    graph: LeadsGraph | TimedGraph
    if options.by_times:
        tell_share, read = share_teller(), map(itemgetter(1), sequences)
        limits = {"least": options.least, "by_source": options.by_source}
        graph = timed_graph(read, options.top, lambda share: tell_share(share, "fitting"), **limits)
        end_progress()
        words = timed_words(graph)
    else:
        graph = _by_pairs(sequences, len(options.files), SparseMixModel.load(options.weights), options.top)
        words = in_words(graph)
    # First, so that nothing is lost where a file cannot be written.
    print(printable(words), flush=True)
    for path, made in ((options.json, as_json), (options.graphml, as_graphml)):
        if path is not None:
            with replacing(path) as file:
                file.write_bytes(made(graph))
    if failed:
        names = ", ".join(map(str, failed))
        raise InputError(f"{len(failed):,} of {len(options.files):,} files are not in the graph: {names}", code="some_unread")


def _read(files: list[Path], reading: ReadOptions, failed: list[Path]) -> Iterator[tuple[int, TokenSequence]]:
    """Yield every file with its number from 1, the same events once; name files that cannot be read, and put them into
    ``failed``. Raises `InputError` where none can be."""
    known: dict[str, Path] = {}
    for number, path in enumerate(files, 1):
        try:
            sequence = read_path(path, options=reading)
        except InputError as error:
            tell(f"{path} is left out: {error}")
            failed.append(path)
            continue
        earlier = known.setdefault(sequence.sha256, path)
        if earlier is path:
            yield number, sequence
        else:
            tell(f"{path} is left out: its events are those of {earlier}")
        del sequence  # before the next one is read
    if not known:
        raise InputError("none of the files can be read", code="nothing_to_read")


def _by_pairs(sequences: Iterator[tuple[int, TokenSequence]], files: int, model: SparseMixModel, most: int) -> LeadsGraph:
    tell_share = share_teller()

    def counted(number: int, sequence: TokenSequence) -> PairCounts:
        place = f"{number:,} of {files:,} {sequence.name}"
        judged = run_or_fall_back(
            model, sequence, lambda share, stage: tell_share((number - 1 + share) / files, f"{place}: {stage}")
        )
        return counts_of(sequence, judged.run.trace, judged.run.decision.weights_sha256)

    counts = added(counted(number, sequence) for number, sequence in sequences)
    end_progress()
    return leads(counts, most)


def in_words(graph: LeadsGraph) -> str:
    """Return the edges as lines of text, the strongest first."""
    logs = _several(len(graph.runs), "log")
    dropped = f", {graph.dropped_pairs:,} of them left out, of the rarest edges" if graph.dropped_pairs else ""
    head = f"{logs}, {graph.events:,} events, {graph.pairs:,} pairs of different events{dropped}."
    if not graph.edges:
        return f"{head} No event was selected together with one of another kind."
    lines = [f"{head} The strongest {len(graph.edges):,} of {_several(graph.all_edges, 'edge')}:", "", _HEADER]
    for place, edge in enumerate(graph.edges, 1):
        one = edge.examples[0]
        seconds = "-" if edge.lag_seconds is None else f"{readable(edge.lag_seconds.median):,g}"
        lines += [
            f"{place:4}. {edge.support:7,} {edge.share:6.0%} {edge.origins:8,} {edge.reverse:8,} {edge.decisions:6,} "
            f"{edge.lift:8.3g} {edge.lag_events.median:7,.0f} {seconds:>8}",
            *_kinds_of(graph, edge),
            f"        for example line {one.earlier:,} and line {one.later:,} of {graph.runs[one.run].name}",
        ]
    return "\n".join([*lines, "", _LEGEND])


def timed_words(graph: TimedGraph) -> str:
    """Return the edges of times alone as lines of text, the strongest first."""
    logs = _several(len(graph.runs), "log")
    last = "" if graph.fitted == graph.events else f", the last {graph.fitted:,} of them read"
    named = sum(kind.text != OTHERS for kind in graph.kinds)
    kinds = "" if named == graph.all_kinds else f" Of {graph.all_kinds:,} kinds the {named:,} most frequent are told apart."
    alone = f"{graph.background:.0%} of them are explained by no earlier event"
    unit = " Not every event has a time, so events are counted instead." if graph.unit == "events" else ""
    head = f"{logs}, {graph.events:,} events of {_several(graph.sources, 'source')}{last}; {alone}.{kinds}{unit}"
    if not graph.edges:
        return f"{head} No kind makes another more likely."
    lines = [f"{head} The strongest {len(graph.edges):,} of {_several(graph.all_edges, 'edge')}:", "", _TIMED_HEADER]
    for place, edge in enumerate(graph.edges, 1):
        numbers = f"{edge.explained:9,.0f} {edge.share:6.0%} {edge.reverse:8,.0f} {edge.lift:8.3g} {edge.gain:9,.0f}"
        lags = "  ".join(f"{lag:9.3g}" for lag in (edge.lag_low, edge.lag_median, edge.lag_high))
        lines += [f"{place:4}. {numbers}  {lags}", *_kinds_of(graph, edge)]
    return "\n".join([*lines, "", _TIMED_LEGEND.format(unit=graph.unit)])


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def _kinds_of(graph: LeadsGraph | TimedGraph, edge: Edge | Lead) -> tuple[str, str]:
    """Return the lines that say which kind leads to which."""
    earlier, later = (shortened(graph.kinds[place].text, _WIDTH) for place in (edge.earlier, edge.later))
    return f"        {earlier}", f"     -> {later}"


def _up_to(most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from 1 to ``most``."""

    def read(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise ArgumentTypeError(f"{text} is no whole number from 1 to {most:,}")
        return int(text)

    return read
