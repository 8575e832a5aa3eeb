"""``python -m sparsemix graph LOG...``: which kinds of events lead to which, over any number of logs.

     later  share  earlier  reverse   logs     lift  events  seconds
1.      28   100%       19        0      1     62.8     118      103
     INFO <*> PLC valve opened supply=<*>
  -> ERROR <*> PLC alarm pressure low supply=<*> pressure=<*> bar
     for example line 17 and line 139 of line4.log
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

from sparsemix.atomic_files import replacing
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import InputError
from sparsemix.graph.counts import LogCounts, counts_of, followers_of
from sparsemix.graph.export import as_graphml, as_json
from sparsemix.graph.leads import LeadsGraph, leads
from sparsemix.model.fallback import run_or_fall_back
from sparsemix.model.model import SparseMixModel
from sparsemix.readers import read_path
from sparsemix.readers.options import ReadOptions, add_read_options, read_options
from sparsemix.terminal import counted, end_progress, printable, share_teller, shortened, tell

_TOP, _WITHIN = 20, 60
_WIDTH = 110  # characters of a kind in the table
_HEADER = f"{'':5} {'later':>7} {'share':>6} {'earlier':>8} {'reverse':>8} {'logs':>6} {'lift':>8} {'events':>7} {'seconds':>8}"
_LEGEND = """later: events that {came} an earlier one of that kind; share: of all events of their kind
earlier: those earlier events; reverse: later events of the opposite edge
lift: pairs, by what the frequency of the kinds would give; events, seconds: median lag
This is counting: that two kinds come together is no proof that one causes the other."""


def add_graph(parser: ArgumentParser, weights: Path, whole_number: Callable[[str], int]) -> None:
    """Add the options of ``graph``; ``weights``: those that judge a log by default."""
    parser.add_argument("files", type=Path, nargs="+", metavar="LOG", help="logs of one system, as for trace")
    parser.add_argument("--weights", type=Path, default=weights, help="for logs whose words they know")
    parser.add_argument("--by-times", action="store_true", help="count what follows what, without weights")
    parser.add_argument(
        "--within",
        type=whole_number,
        default=_WITHIN,
        metavar="SECONDS",
        help="with --by-times: at most so long after; lines where not all have a time (default %(default)s)",
    )
    parser.add_argument(
        "--by-source", action="store_true", help="with --by-times: only events of one source (station, device) count together"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the graph as JSON")
    parser.add_argument("--graphml", type=Path, metavar="FILE", help="write the graph as GraphML")
    parser.add_argument(
        "--top", type=whole_number, default=_TOP, metavar="N", help="edges shown and written (default %(default)s)"
    )
    add_read_options(parser)
    parser.set_defaults(run=run_graph)


def run_graph(options: Namespace) -> None:
    """Run ``graph``. Raises ``InputError`` where a file cannot be read, once the others are counted and shown."""
    if (options.by_source or options.within != _WITHIN) and not options.by_times:
        raise InputError("--by-source and --within go with --by-times", code="times_alone")
    failed: list[Path] = []
    count_log = (
        partial(followers_of, within=options.within, by_source=options.by_source) if options.by_times else _judged(options)
    )
    graph = leads(list(map(count_log, _read(options.files, read_options(options), failed))), options.top)
    end_progress()
    within = f"came within {options.within:,} seconds (lines, in a log without all times) after"
    came = within if options.by_times else "were selected together with"
    # First, so that nothing is lost where a file cannot be written.
    print(printable(in_words(graph, came)), flush=True)
    for path, made in ((options.json, as_json), (options.graphml, as_graphml)):
        if path is not None:
            with replacing(path) as file:
                file.write_bytes(made(graph))
    if failed:
        names = ", ".join(map(str, failed))
        raise InputError(f"{len(failed):,} of {len(options.files):,} files are not in the graph: {names}", code="some_unread")


def _judged(options: Namespace) -> Callable[[TokenSequence], LogCounts]:
    """Return what counts the pairs that the model selects in a log."""
    model, tell_share, done = SparseMixModel.load(options.weights), share_teller(), count(0)

    def counted_in(sequence: TokenSequence) -> LogCounts:
        number = next(done)
        judged = run_or_fall_back(
            model,
            sequence,
            lambda share, stage: tell_share((number + share) / len(options.files), f"{sequence.name}: {stage}"),
        )
        return counts_of(sequence, judged.run.trace, judged.run.decision.weights_sha256)

    return counted_in


def _read(files: list[Path], reading: ReadOptions, failed: list[Path]) -> Iterator[TokenSequence]:
    """Yield every log, the same events once; name files that cannot be read, and put them into ``failed``. Raises `InputError`
    where none can be."""
    known: dict[str, Path] = {}
    for path in files:
        try:
            sequence = read_path(path, options=reading)
        except InputError as error:
            tell(f"{path} is left out: {error}")
            failed.append(path)
            continue
        earlier = known.setdefault(sequence.sha256, path)
        if earlier is path:
            yield sequence
        else:
            tell(f"{path} is left out: its events are those of {earlier}")
        del sequence  # before the next one is read
    if not known:
        raise InputError("none of the files can be read", code="nothing_to_read")


def in_words(graph: LeadsGraph, came: str) -> str:
    """Return the edges as lines of text, the strongest first; ``came``: how later events came with earlier ones."""
    dropped = f", {graph.dropped_pairs:,} of them left out, of the rarest edges" if graph.dropped_pairs else ""
    numbers = {"logs": len(graph.runs), "events": graph.events, "pairs": graph.pairs}
    head = counted("{logs:,} logs, {events:,} events, {pairs:,} pairs of different events", numbers) + f"{dropped}."
    if not graph.edges:
        return f"{head} None of them is an edge between two kinds."
    head += counted(" The strongest {shown:,} of {all:,} edges:", {"shown": len(graph.edges), "all": graph.all_edges})
    lines = [head, "", _HEADER]
    for place, edge in enumerate(graph.edges, 1):
        one, kinds = edge.examples[0], [shortened(graph.kinds[end].text, _WIDTH) for end in (edge.earlier, edge.later)]
        seconds = "-" if edge.lag_seconds is None else f"{edge.lag_seconds.median:,.3g}"
        lines += [
            f"{place:4}. {edge.support:7,} {edge.share:6.0%} {edge.origins:8,} {edge.reverse:8,} {edge.decisions:6,} "
            f"{edge.lift:8.3g} {edge.lag_events.median:7,.0f} {seconds:>8}",
            f"        {kinds[0]}",
            f"     -> {kinds[1]}",
            f"        for example line {one.earlier:,} and line {one.later:,} of {graph.runs[one.run].name}",
        ]
    return "\n".join([*lines, "", _LEGEND.format(came=came)])
