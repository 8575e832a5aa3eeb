"""Templates of a log's messages, found by Drain, for display and statistics. No decision and no record uses them.

Source: He, Zhu, Zheng, Lyu, "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017; the library is drain3.
Addresses, ids and numbers are masked first, and Drain sees every masked text once. That is quick and changes no result: a
template does not depend on how often a text occurs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drain3.drain import Drain
from drain3.masking import LogMasker, MaskingInstruction

from sparsemix.encoding.sequence import Event

_MOST_WORK = 1_000_000  # most comparisons of a text with a template: four seconds; usual logs never reach it
# Most different lines that are looked at: half a second. A person who has just uploaded a file waits for them.
_MOST_LINES = 10_000
_CHARS = 300
_WORDS = 40
_SIMILAR = 0.5
_MASKS = (
    (r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?(?![0-9.])", "IP"),
    (r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z])", "MAC"),
    (r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])", "ID"),
    (r"(?<![0-9A-Za-z])0[xX][0-9A-Fa-f]+", "HEX"),
    (r"(?<![0-9A-Za-z])(?=[0-9A-Fa-f]*[0-9])(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{8,64}(?![0-9A-Za-z])", "HEX"),
    # A number after a letter belongs to a name, as in ST03, unless it has five digits or more.
    (r"(?<![0-9A-Za-z_])[+-]?[0-9]+(?:[.,:][0-9]+)*|[0-9]{5,}", "NUM"),
)


@dataclass(frozen=True, slots=True)
class LogTemplates:
    """T templates, the most frequent first, with the number of events of each. ``examined`` of ``total`` events were looked at.
    These are fewer than all in a file of more than 10,000 different lines, and when most texts are unlike any other: each text
    is compared with all templates so far, and the number of comparisons is limited."""

    texts: tuple[str, ...]
    counts: tuple[int, ...]
    examined: int
    total: int

    @property
    def once(self) -> int:
        """Return the number of templates that have a single event."""
        return self.counts.count(1)


def log_templates(events: Sequence[Event]) -> LogTemplates:
    """Return the templates of the first lines of the events' messages; the same events give the same templates."""
    masker = LogMasker([MaskingInstruction(pattern, name) for pattern, name in _MASKS], "<", ">")
    masked_of: dict[str, str] = {}
    counts: dict[str, int] = {}
    for event in events:
        # The first line of a stack trace identifies it; words after the fortieth no longer tell templates apart.
        line = event.message[:_CHARS].partition("\n")[0]
        masked = masked_of.get(line)
        if masked is None:
            if len(masked_of) == _MOST_LINES:
                break
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
    template_of = {cluster.cluster_id: cluster.get_template() for cluster in drain.clusters}
    order = sorted(clusters, key=lambda cluster_id: (-clusters[cluster_id], cluster_id))
    sizes = tuple(clusters[cluster_id] for cluster_id in order)
    return LogTemplates(
        tuple(template_of[cluster_id] for cluster_id in order),
        sizes,
        sum(sizes),
        len(events),
    )
