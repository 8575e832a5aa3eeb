"""What several pages show of monitoring: which sources have drifted, and how one-sided data and decisions are.

Diversity says how one-sided a data set is before anything is learned from it, and how one-sided the decided logs are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from audit import Access, DecisionRecord
from audit.intake.sources import AcceptedReference
from dashboard.service.common.decision_details import details_of, drift_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide import drift
from dashboard.service.reading.data_sets import DataSetFacts
from dashboard.service.reading.diversity import Aspect
from dashboard.shared import cache, display, navigation
from dashboard.texts import Texts
from dashboard.views import diversity as views
from dashboard.views import drift as drift_views
from dashboard.views.new_kinds import new_kinds
from sparsemix.monitoring.drift import SelectionProfile
from sparsemix.monitoring.drift.source_watch import REFERENCE
from sparsemix.readers import ReadOptions
from sparsemix.readers.options import UTC_NAME

_DECISIONS = 500
_PROFILES = 200
_NAMED = 5


def diversity_of_data(data: DataSetFacts, reading: ReadOptions, t: Texts) -> None:
    """Show how one-sided a data set is. ``reading``: the settings that it was read by."""
    sentences = views.sentences(data.aspects, data.lacking, t)
    with st.expander(t("diversity.title_n", n=len(sentences)), icon=":material/pie_chart:"):
        if any(aspect.name == "shift" for aspect in data.aspects):
            st.caption(t("diversity.times_events", zone=reading.time_zone or UTC_NAME))
        _aspects(data.aspects, data.lacking, t, key="data")


def diversity(access: Access, t: Texts) -> None:
    """Show how one-sided the recorded decisions are, and which selections nothing had been learned from."""
    listed = [summary.decision for summary in access.decisions(limit=_DECISIONS, newest_first=True)]
    if not listed:
        navigation.empty_state(t, t("word.none_decided"), icon=":material/pie_chart:", page="analyse")
        return
    st.caption("  \n".join([t("diversity.lead", n=len(listed)), views.times_sentence(listed, t)]))
    _aspects(views.of_decisions(listed), [], t, key="decisions")
    _practice(access, t)


def _aspects(shown: Sequence[Aspect], lacking: Sequence[tuple[str, str]], t: Texts, *, key: str) -> None:
    sentences = views.sentences(shown, lacking, t)
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences) if sentences else t("diversity.balanced"))
    share = {t.plain("diversity.share"): st.column_config.NumberColumn(format="percent")}
    display.table(t, views.aspects_table(shown, t), "diversity", key=f"diversity_{key}", column_config=share)
    chosen = st.selectbox(
        t("diversity.look_at"),
        range(len(shown)),
        format_func=lambda place: t.plain(f"diversity.{shown[place].name}"),
        key=f"diversity_aspect_{key}",
    )
    aspect = shown[chosen]
    figure = views.share_figure(aspect, t)
    display.figure(
        t, figure, "diversity_shares", key=f"diversity_shares_{key}", about=aspect.name, alt=t("diversity.shares_alt")
    )


def _practice(access: Access, t: Texts) -> None:
    st.header(t("diversity.practice"), anchor=False)
    last = [decision for decision in access.sources.all() if drift.watch_of(decision) is not None]
    if not last:
        st.caption(t("word.none_decided"))
        return
    # Most is known of the source with most decisions.
    last.sort(key=lambda decision: -drift_of(decision).seen)
    decision = st.selectbox(
        t("drift.choose"),
        last,
        format_func=lambda watched: f"{details_of(watched).source} · {watched.model_id.removeprefix('sparsemix-')}",
        key="diversity_source",
        filter_mode="contains",
    )
    source, weights = details_of(decision).source, decision.weights_sha256
    points = drift_views.points(access.sources.recent(source, weights, limit=_PROFILES))
    practised, profiles = cache.practised(access, weights), [point.profile for point in points]
    if practised is None:
        # Without a card, what the source began with stands for what was practised.
        first = [point.profile for point in points if point.number <= REFERENCE]
        later = [point.profile for point in points if point.number > REFERENCE]
        if not first or not later:
            st.caption(t("diversity.practice_few", n=REFERENCE))
            return
        practised, profiles = SelectionProfile.merged(first), later
        st.caption(t("diversity.practice_reference", n=len(first)))
    else:
        st.caption(t("diversity.practice_card", sequences=practised.runs, events=practised.events))
    never = new_kinds(practised, profiles)
    if not never:
        st.markdown(t("diversity.practice_all", n=len(profiles)))
        return
    st.markdown(t("diversity.practice_never", n=len(never), decisions=len(profiles)))
    columns = {t.plain("diversity.at_most"): st.column_config.NumberColumn(format="%.2f")}
    columns |= {t.plain(f"word.{name}"): st.column_config.TextColumn(width="medium") for name in ("kind_of_line", "its_cause")}
    table = views.unpractised_table(never, len(profiles), t)
    display.table(t, table, "new_kinds", key="new_kinds", column_config=columns)


def drift_banner(access: Access, t: Texts) -> None:
    """Name the sources that have drifted on pages where nobody looks for drift; show nothing when none has."""
    key = (cache.location(), access.head().size)
    cached = _drifted()
    drifted = cached.get(key)
    if drifted is None:
        # Asked only when something new was recorded: the last decision of every source is read for it.
        last = access.sources.all()
        alarms = [decision for decision in last if (watch := drift.watch_of(decision)) is not None and watch.alarm is not None]
        names = {details_of(decision).source for decision in alarms}
        accepted = {name: access.sources.accepted(name) for name in names}
        drifted = sorted({details_of(decision).source for decision in alarms if alarmed(decision, accepted)})
        cached.put(key, drifted)
    if drifted:
        more = [f"+{len(drifted) - _NAMED:,}"] if len(drifted) > _NAMED else []
        sentence = t("drift.banner", sources=t.plain("unit.join").join(drifted[:_NAMED] + more))
        with st.container(horizontal=True, vertical_alignment="center", key="drift_banner"):
            st.caption(f":material/timeline: {sentence}", width="content")


def alarmed(decision: DecisionRecord, accepted: Mapping[str, AcceptedReference | None]) -> bool:
    """Return whether a source is in alarm and nobody has accepted a new reference since."""
    watch = drift.watch_of(decision)
    over = drift.outdated(decision, accepted[details_of(decision).source])
    return watch is not None and watch.alarm is not None and not over


@st.cache_resource(show_spinner=False)
def _drifted() -> ResultCache[tuple[str, int], list[str]]:
    """Return the cache of the names of the sources that have drifted, by record and how many entries it had."""
    return ResultCache(4)
