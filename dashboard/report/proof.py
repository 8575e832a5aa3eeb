"""What ties a decision down, how anybody checks a report about it, and what the report does not say."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from audit import DecisionSummary, Head, LogEntry
from dashboard.report.markup import Column, Html, facts, section, table, tag
from dashboard.texts import Texts
from dashboard.views.record import entry_table, identity_table

_LIMITS = ("model", "one", "scores", "then", "unsigned")


def proof_section(
    summary: DecisionSummary, entries: Sequence[LogEntry], names: Mapping[str, str], head: Head, t: Texts
) -> Html:
    """Hashes of the file, the weights, the selection and the log; the entries of the log about the decision."""
    own = next((entry.hash for entry in entries if entry.seq == summary.seq), "–")
    rows = [(str(name), str(value)) for name, value in identity_table(summary, t).itertuples(index=False)]
    rows += [
        (t("report.entry_hash"), own),
        (t("report.head_size"), f"{head.size:,}"),
        (t("report.head_root"), head.root),
        (t("report.head_last"), head.last_hash),
    ]
    # All are about this decision: the subject would be the same on every line.
    listed = entry_table(entries, names, t).drop(columns=t("entries.subject"))
    columns = [Column(str(name), place == 0) for place, name in enumerate(listed.columns)]
    cells = [[str(value) for value in row] for row in listed.itertuples(index=False)]
    return section(
        t("report.proof"),
        tag("p", t("report.proof_lead"), class_="quiet"),
        facts(rows, class_="facts hash"),
        tag("h3", t("report.entries")),
        table(columns, cells, class_="entries"),
    )


def verify_section(summary: DecisionSummary, head: Head, line: int, methods: str | None, t: Texts) -> Html:
    """Commands with what each has to show. ``line``, ``methods``: of the explanation; None: the usual methods."""
    id, seq = summary.decision.id, summary.seq
    file = shlex.quote(summary.decision.input_name)
    wanted = f" --methods {methods}" if methods else ""
    commands = (
        ("file", f"sha256sum -- {file}"),
        ("verify", "python -m audit verify"),
        ("log", f"python -m audit log --json | sed -n '{seq}p;{head.size}p'"),
        ("show", f"python -m audit show {id} --json"),
        ("gate", f"python -m audit gate {id}"),
        ("replay", f"python -m audit replay {id}"),
        ("explain", f"python -m sparsemix explain {file} --line {line}{wanted} --json"),
    )
    steps = [tag("li", t(f"report.do_{name}"), tag("pre", tag("code", command))) for name, command in commands]
    return section(t("report.verify"), tag("p", t("report.verify_lead"), class_="quiet"), tag("ol", *steps))


def limits_section(t: Texts) -> Html:
    """What nobody should take from the report."""
    return section(t("report.limits"), tag("ul", *(tag("li", t(f"report.limit_{name}")) for name in _LIMITS)))
