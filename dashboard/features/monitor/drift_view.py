"""Drift on the Monitor page: the state of every source, what has changed on one of them, and accepting a new reference."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from audit import Access, Action, DecisionRecord
from dashboard.service.common.decision_details import details_of, drift_of
from dashboard.service.decide import drift
from dashboard.shared import cache, display, failures, navigation, session
from dashboard.shared.monitoring import alarmed
from dashboard.texts import Texts
from dashboard.views import drift as views
from dashboard.views.drift import DriftPoint
from dashboard.views.new_kinds import new_kinds
from sparsemix.monitoring.drift import SelectionProfile
from sparsemix.monitoring.drift.source_watch import ENOUGH, RUN_LENGTH

_SHOWN = 300  # decisions of a source that are looked at


def show(access: Access, t: Texts) -> None:
    """Show all sources, then one of them."""
    last = [watched for watched in access.sources.all() if drift.watch_of(watched) is not None]
    if not last:
        navigation.empty_state(t, t("word.none_decided"), icon=":material/timeline:", page="analyse")
        return
    accepted = {source: access.sources.accepted(source) for source in {details_of(decision).source for decision in last}}
    table = views.sources_table(last, accepted, t)
    st.caption(t("drift.lead", enough=ENOUGH, run=round(RUN_LENGTH)))
    display.table(
        t,
        table,
        "drift_sources",
        key="drift_sources",
        column_config={t.plain("drift.level"): st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)},
    )
    # Sources in alarm first, as in the table.
    order = sorted(last, key=lambda decision: not alarmed(decision, accepted))
    chosen = st.selectbox(
        t("drift.choose"),
        order,
        format_func=lambda decision: _name(decision, order),
        key="drift_source",
        filter_mode="contains",
    )
    _one(chosen, access, t)


def _one(decision: DecisionRecord, access: Access, t: Texts) -> None:
    source, weights = details_of(decision).source, decision.weights_sha256
    points = views.points(access.sources.recent(source, weights, limit=_SHOWN))
    if not points:
        st.info(t("drift.state_restart"), icon=":material/restart_alt:")
        return
    last = points[-1]
    outdated = drift.outdated(last.decision, access.sources.accepted(source))
    alarm = last.watch.alarm is not None and not outdated
    say = st.warning if alarm else st.info
    say(views.headline(last, t, outdated=outdated), icon=":material/warning:" if alarm else ":material/timeline:")
    back = views.settled_since(points) if alarm else None
    if back is not None:
        st.caption(t("drift.back", n=back[0], of=back[1]))
    if last.watch.evidence:
        _evidence(points, t)
    if len(points) > 1:
        st.header(t("drift.kinds_title"), anchor=False)
        st.caption(t("drift.kinds_alarm" if alarm else "drift.kinds_quiet"))
        kinds = views.kinds_table(points, t)
        # Two lines of text to read, and three narrow columns of figures.
        number, text = st.column_config.NumberColumn, st.column_config.TextColumn
        columns = {t.plain(f"drift.{name}"): number(format="%.2f", width="small") for name in ("before", "after")}
        columns |= {t.plain("drift.lift"): text(width="small")}
        columns |= {t.plain(f"word.{name}"): text(width="medium") for name in ("kind_of_line", "its_cause")}
        display.table(t, kinds, "drift_kinds", key="drift_kinds", column_config=columns)
    if (practised := cache.practised(access, weights)) is not None:
        _practice(practised, points, t)
    _reference(source, last, access, t, alarm=alarm)


def _evidence(points: Sequence[DriftPoint], t: Texts) -> None:
    display.figure(t, views.level_figure(points, t), "drift_level", key="drift_level", alt=t("drift.level_alt"))
    numbers = {t.plain("drift.p"): st.column_config.NumberColumn(format="%.3f")}
    numbers |= {t.plain("drift.evidence"): st.column_config.NumberColumn(format="compact")}
    st.header(t("drift.statistics_title"), anchor=False)
    display.table(t, views.statistics_table(points, t), "drift_statistics", key="drift_statistics", column_config=numbers)


def _practice(practised: SelectionProfile, points: Sequence[DriftPoint], t: Texts) -> None:
    """Show which kinds of pairs the weights never selected in the data that they learned from."""
    st.header(t("drift.practice"), anchor=False)
    st.caption(t("drift.practice_card", sequences=practised.runs, events=practised.events))
    never = new_kinds(practised, [point.profile for point in points])
    if not never:
        st.markdown(t("drift.practice_all", n=len(points)))
        return
    st.markdown(t("drift.practice_never", n=len(never), decisions=len(points)))
    columns = {t.plain("drift.at_most"): st.column_config.NumberColumn(format="%.2f")}
    columns |= {t.plain(f"word.{name}"): st.column_config.TextColumn(width="medium") for name in ("kind_of_line", "its_cause")}
    display.table(t, views.unpractised_table(never, len(points), t), "new_kinds", key="new_kinds", column_config=columns)


def _reference(source: str, last: DriftPoint, access: Access, t: Texts, *, alarm: bool) -> None:
    st.header(t("drift.reference"), anchor=False)
    st.caption(t("drift.reference_lead"))
    references = access.sources.history(source)
    if references:
        display.table(t, views.history_table(references, access.names(), t), "drift_references", key="drift_references")
    if not access.can(Action.SET_REFERENCE):
        return
    began = drift_of(last.decision).began if alarm else None
    # Each reference has its own fields: otherwise the last reference's reason would stand there again.
    round = f"{source}_{references[-1].seq if references else 0}"
    choices = ["since", "now"] if began else ["now"]
    how = st.radio(
        t("drift.accept_how"), choices, format_func=lambda choice: t.plain(f"drift.accept_{choice}"), key=f"drift_how_{round}"
    )
    why = st.text_area(t("word.why"), key=f"drift_why_{round}", max_chars=2_000, height=80)
    if st.button(t("drift.accept"), key="drift_accept", icon=":material/gavel:", type="primary" if alarm else "secondary"):
        if not why.strip():
            st.warning(t("word.needs_why"), icon=":material/edit:")
            return
        with failures.contained(t):
            entry = access.sources.accept(source, why, since=began[1] if began and how == "since" else None)
            session.tell(t("word.recorded", seq=entry.seq))
            st.rerun()


def _name(decision: DecisionRecord, all: Sequence[DecisionRecord]) -> str:
    """Return the source's name; with the weights where several have decided on it."""
    source = details_of(decision).source
    several = sum(details_of(other).source == source for other in all) > 1
    return f"{source} · {decision.model_id.removeprefix('sparsemix-')}" if several else source
