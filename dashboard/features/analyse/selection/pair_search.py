"""Find lines by their text and see their pairs; leave pairs out by level, station, time, route and margin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard.features.analyse.selection.pair_view import View
from dashboard.features.analyse.selection.pairs_in_view import region_in_view
from dashboard.features.analyse.selection.views.pair_filter import (
    MAX_TEXT,
    MAX_TIME,
    SIDES,
    BadPattern,
    BadTimes,
    Facets,
    PairFilter,
    facets,
)
from dashboard.features.analyse.selection.views.region import EVERYTHING
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared.callbacks import newest
from dashboard.texts import Texts
from dashboard.views.pair_map import distance_words
from dashboard.views.times import clock
from dashboard.views.verdict import shortened
from sparsemix.trace.selection_trace import Route

_SHORT = 50  # characters of a template
_ROUTES = (Route.CONTENT.name.lower(), Route.LOCAL.name.lower())


def search(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """Show the filter's form, and say how many of the pairs in view it leaves."""
    choices = _facets(loaded)
    pair_filter = view.pair_filter
    with st.expander(t("filter.title"), icon=":material/search:", expanded=pair_filter.active):
        number = view.number("filter", pair_filter)
        with st.form(f"pair_filter_{number}", border=False):
            key = f"filter_{{}}_{number}".format
            st.text_input(t("filter.text"), pair_filter.text, key=key("text"), max_chars=MAX_TEXT)
            st.toggle(t("filter.pattern"), pair_filter.pattern, key=key("pattern"), help=t("filter.pattern_help"))
            st.selectbox(
                t("filter.side"),
                SIDES,
                SIDES.index(pair_filter.side),
                format_func=lambda side: t.plain(f"filter.side.{side}"),
                key=key("side"),
            )
            for name, options in (("levels", choices.levels), ("sources", choices.sources), ("routes", _ROUTES)):
                if options:
                    st.multiselect(
                        t(f"filter.{name}"),
                        options,
                        [value for value in getattr(pair_filter, name) if value in options],
                        format_func=lambda value, name=name: (  # type: ignore[misc]
                            t.plain(f"selection.route.{value}") if name == "routes" else value
                        ),
                        placeholder=t.plain("word.all"),
                        key=key(name),
                    )
            if choices.times:
                _times(t, pair_filter, choices.times, key)
            st.number_input(
                t("filter.margin"), 0.0, 100.0, pair_filter.margin, step=0.1, key=key("margin"), help=t("filter.margin_help")
            )
            st.form_submit_button(
                t("filter.show"), width="stretch", on_click=newest("filter", "filter", partial(_apply, loaded, view, number))
            )
        if pair_filter.active:
            st.button(
                t("filter.clear"),
                key="filter_clear",
                icon=":material/filter_alt_off:",
                on_click=view.set_filter,
                args=(EVERYTHING,),
            )
    problem = st.session_state.pop("filter_bad", None)
    if problem is not None:
        st.error(t(problem[0], text=problem[1]), icon=":material/error:")
    _chosen(t, view)
    if pair_filter.active:
        st.caption(t("filter.left", shown=region_in_view(loaded, view).pairs))


def _times(t: Texts, pair_filter: PairFilter, times: tuple[float, float], key: Callable[[str], str]) -> None:
    """Show two text fields for the first and the last time, which people type or paste."""
    with st.container(horizontal=True):
        for name, example in zip(("since", "until"), times, strict=True):
            st.text_input(
                t(f"filter.{name}"),
                getattr(pair_filter, name),
                key=key(name),
                max_chars=MAX_TIME,
                placeholder=clock(example),
                help=t("filter.times_help"),
            )


def _chosen(t: Texts, view: View) -> None:
    """Show what was chosen outside the form: templates, distances, lines. A click on one removes it from the filter."""
    pair_filter = view.pair_filter
    chosen: dict[str, str] = {}
    if pair_filter.templates:
        other = t.plain("selection.templates.other")
        effect, cause = (other if text is None else shortened(text, _SHORT) for text in pair_filter.templates)
        chosen["templates"] = t("filter.chosen.templates", effect=effect, cause=cause)
    if pair_filter.distances:
        last, first = (distance_words(signed, t.plain) for signed in pair_filter.distances)
        same = first == last
        chosen["distances"] = t("filter.chosen.distance" if same else "filter.chosen.distances", first=first, last=last)
    if pair_filter.lines:
        chosen["lines"] = t("filter.chosen.lines", lines=len(pair_filter.lines))
    for name, words in chosen.items():
        st.button(
            words,
            key=f"filter_without_{name}",
            icon=":material/close:",
            help=t("filter.chosen_help"),
            on_click=view.set_filter,
            args=(replace(pair_filter, **{name: ()}),),  # type: ignore[arg-type]
        )


def _apply(loaded: LoadedDecision, view: View, number: int) -> None:
    """Make the form's values the filter, unless the pattern or the times cannot be read. A callback."""

    def value(name: str, default: object = ()) -> object:
        return st.session_state.get(f"filter_{name}_{number}", default)

    pair_filter = PairFilter.of(
        {
            "text": str(value("text", "")).strip(),
            "pattern": bool(value("pattern", False)),
            "side": value("side", "either"),
            **{name: list(value(name)) for name in ("levels", "sources", "routes")},  # type: ignore[call-overload]
            "margin": value("margin", 0.0),
            "since": str(value("since", "")).strip(),
            "until": str(value("until", "")).strip(),
        }
    )
    previous = view.pair_filter
    pair_filter = replace(pair_filter, lines=previous.lines, templates=previous.templates, distances=previous.distances)
    try:
        # Tried here: an unreadable filter must not break the page that follows.
        pair_filter.events(loaded.sequence)
    except BadPattern as error:
        st.session_state["filter_bad"] = ("filter.bad", str(error))
        return
    except BadTimes as error:
        st.session_state["filter_bad"] = (f"filter.bad_times.{error.why}", error.text)
        return
    view.set_filter(pair_filter)


def _facets(loaded: LoadedDecision) -> Facets:
    return _kept_facets().get_or_make(loaded.summary.decision.id, lambda: facets(loaded.sequence))


@st.cache_resource(show_spinner=False)
def _kept_facets() -> ResultCache[str, Facets]:
    """Return the cache of levels, stations and times to choose from, by decision."""
    return ResultCache(64)
