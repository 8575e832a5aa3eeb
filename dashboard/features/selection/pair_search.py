"""Find lines by their text and see their pairs; leave pairs out by level, station, time, route and margin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard.features.selection.pair_view import View
from dashboard.features.selection.pairs_in_view import region_in_view
from dashboard.features.selection.views.map_axes import distance_words
from dashboard.features.selection.views.pair_filter import (
    MAX_TEXT,
    MAX_TIME,
    SIDES,
    BadPattern,
    BadTimes,
    Facets,
    PairFilter,
    facets,
)
from dashboard.features.selection.views.region import EVERYTHING
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared.callbacks import newest
from dashboard.texts import Texts
from dashboard.views.times import clock
from sparsemix.trace.selection_trace import Route

_SHORT = 50  # characters of a template
_ROUTES = (Route.CONTENT.name.lower(), Route.LOCAL.name.lower())


def search(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """The form, and what it leaves of the pairs in view."""
    known = _facets(loaded)
    wanted = view.wanted
    with st.expander(t("filter.title"), icon=":material/search:", expanded=wanted.active):
        number = view.number("filter", wanted)
        with st.form(f"pair_filter_{number}", border=False):
            key = f"filter_{{}}_{number}".format
            st.text_input(t("filter.text"), wanted.text, key=key("text"), max_chars=MAX_TEXT)
            st.toggle(t("filter.pattern"), wanted.pattern, key=key("pattern"), help=t("filter.pattern_help"))
            st.selectbox(
                t("filter.side"),
                SIDES,
                SIDES.index(wanted.side),
                format_func=lambda side: t.plain(f"filter.side.{side}"),
                key=key("side"),
            )
            for name, options in (("levels", known.levels), ("sources", known.sources), ("routes", _ROUTES)):
                if options:
                    st.multiselect(
                        t(f"filter.{name}"),
                        options,
                        [value for value in getattr(wanted, name) if value in options],
                        format_func=lambda value, name=name: (  # type: ignore[misc]
                            t.plain(f"selection.route.{value}") if name == "routes" else value
                        ),
                        placeholder=t.plain("filter.all"),
                        key=key(name),
                    )
            if known.times:
                _times(t, wanted, known.times, key)
            st.number_input(
                t("filter.margin"), 0.0, 100.0, wanted.margin, step=0.1, key=key("margin"), help=t("filter.margin_help")
            )
            st.form_submit_button(
                t("filter.show"), width="stretch", on_click=newest("filter", "filter", partial(_apply, loaded, view, number))
            )
        if wanted.active:
            st.button(
                t("filter.clear"), key="filter_clear", icon=":material/filter_alt_off:", on_click=view.want, args=(EVERYTHING,)
            )
    bad = st.session_state.pop("filter_bad", None)
    if bad is not None:
        st.error(t(bad[0], text=bad[1]), icon=":material/error:")
    _chosen(t, view)
    if wanted.active:
        st.caption(t("filter.left", shown=region_in_view(loaded, view).pairs))


def _times(t: Texts, wanted: PairFilter, times: tuple[float, float], key: Callable[[str], str]) -> None:
    """From and to, as people type or paste them."""
    with st.container(horizontal=True):
        for name, example in zip(("since", "until"), times, strict=True):
            st.text_input(
                t(f"filter.{name}"),
                getattr(wanted, name),
                key=key(name),
                max_chars=MAX_TIME,
                placeholder=clock(example),
                help=t("filter.times_help"),
            )


def _chosen(t: Texts, view: View) -> None:
    """What was chosen elsewhere than in the form: kinds of events, distances, lines; a click takes it out again."""
    wanted = view.wanted
    chosen: dict[str, str] = {}
    if wanted.templates:
        other = t.plain("selection.templates.other")
        effect, cause = (other if text is None else _short(text) for text in wanted.templates)
        chosen["templates"] = t("filter.chosen.templates", effect=effect, cause=cause)
    if wanted.distances:
        last, first = (distance_words(signed, t.plain) for signed in wanted.distances)
        same = first == last
        chosen["distances"] = t("filter.chosen.distance" if same else "filter.chosen.distances", first=first, last=last)
    if wanted.lines:
        chosen["lines"] = t("filter.chosen.lines", lines=len(wanted.lines))
    for name, words in chosen.items():
        st.button(
            words,
            key=f"filter_without_{name}",
            icon=":material/close:",
            help=t("filter.chosen_help"),
            on_click=view.want,
            args=(replace(wanted, **{name: ()}),),  # type: ignore[arg-type]
        )


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _apply(loaded: LoadedDecision, view: View, number: int) -> None:
    """A callback: the form's values become what is wanted, unless the pattern is none."""

    def value(name: str, default: object = ()) -> object:
        return st.session_state.get(f"filter_{name}_{number}", default)

    wanted = PairFilter.of(
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
    kept = view.wanted
    wanted = replace(wanted, lines=kept.lines, templates=kept.templates, distances=kept.distances)
    try:
        # Tried now: the page that follows must not stumble over it.
        wanted.events(loaded.sequence)
    except BadPattern as error:
        st.session_state["filter_bad"] = ("filter.bad", str(error))
        return
    except BadTimes as error:
        st.session_state["filter_bad"] = (f"filter.bad_times.{error.why}", error.text)
        return
    view.want(wanted)


def _facets(loaded: LoadedDecision) -> Facets:
    return _kept_facets().get_or_make(loaded.summary.decision.id, lambda: facets(loaded.sequence))


@st.cache_resource(show_spinner=False)
def _kept_facets() -> ResultCache[str, Facets]:
    """Levels, stations and times to choose from, by decision."""
    return ResultCache(64)
