"""The templates that the messages of a log follow, found by Drain, for display and statistics.

He, Zhu, Zheng, Lyu, "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017; the library is drain3. It is
asked once for every text that is left when addresses, ids and numbers are masked, which makes it quick and takes nothing from
it: a template does not depend on how often a text came. Nothing of it goes into a decision or into the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drain3.drain import Drain
from drain3.masking import LogMasker, MaskingInstruction

from sparsemix.encoding.sequence import Event

_MOST_WORK = 1_000_000  # comparisons of a text with a template at most: four seconds; of usual logs it is never reached
_CHARS = 300
_WORDS = 40
_SIMILAR = 0.5
_MASKS = (
    (r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?(?![0-9.])", "IP"),
    (r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z])", "MAC"),
    (r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])", "ID"),
    (r"(?<![0-9A-Za-z])0[xX][0-9A-Fa-f]+", "HEX"),
    (r"(?<![0-9A-Za-z])(?=[0-9A-Fa-f]*[0-9])(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{8,64}(?![0-9A-Za-z])", "HEX"),
    # A number behind a letter belongs to a name, as in ST03, until it is too long for one.
    (r"(?<![0-9A-Za-z_])[+-]?[0-9]+(?:[.,:][0-9]+)*|[0-9]{5,}", "NUM"),
)


@dataclass(frozen=True, slots=True)
class LogTemplates:
    """T templates, the most frequent first, with how many events follow each; of ``total`` events ``examined`` ones were looked
    at, fewer than all where most texts are like no other: each is compared with all templates so far, and that has an end."""

    texts: tuple[str, ...]
    counts: tuple[int, ...]
    examined: int
    total: int

    @property
    def once(self) -> int:
        """Templates of a single event."""
        return self.counts.count(1)


def log_templates(events: Sequence[Event]) -> LogTemplates:
    """The templates of the events' messages, of each its first line; the same events give the same templates."""
    masker = LogMasker([MaskingInstruction(pattern, name) for pattern, name in _MASKS], "<", ">")
    masked_of: dict[str, str] = {}
    counts: dict[str, int] = {}
    for event in events:
        # The first line of a stack trace says which it is; words behind the fortieth tell templates apart no more.
        line = event.message[:_CHARS].partition("\n")[0]
        masked = masked_of.get(line)
        if masked is None:
            masked = masked_of[line] = " ".join(masker.mask(line).split()[:_WORDS])
        counts[masked] = counts.get(masked, 0) + 1
    drain = Drain(sim_th=_SIMILAR)
    clusters: dict[int, int] = {}
    work = 0
    for masked, count in counts.items():
        work += 1 + len(clusters)
        if work > _MOST_WORK:
            break
        cluster, _ = drain.add_log_message(masked)
        clusters[cluster.cluster_id] = clusters.get(cluster.cluster_id, 0) + count
    found = {one.cluster_id: one.get_template() for one in drain.clusters}
    order = sorted(clusters, key=lambda id: (-clusters[id], id))
    numbers = tuple(clusters[id] for id in order)
    return LogTemplates(tuple(found[id] for id in order), numbers, sum(numbers), len(events))
