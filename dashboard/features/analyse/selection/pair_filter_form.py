"""Which lines the map shows, and which of their pairs: by level, station, route and margin."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard.features.analyse.selection.pair_view import View
from dashboard.features.analyse.selection.pairs_in_view import choices_of
from dashboard.features.analyse.selection.views.pair_filter import EVERYTHING, PairFilter
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared.callbacks import newest
from dashboard.texts import Texts
from dashboard.views.pair_map import Viewport, distance_words
from dashboard.views.verdict import shortened
from sparsemix.trace.selection_trace import Route

_SHORT = 50  # characters of a template
_ROUTES = (Route.CONTENT.name.lower(), Route.LOCAL.name.lower())


def filter_form(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """Show the form behind a button, and what is left out now."""
    pair_filter = view.pair_filter
    number = view.number("filter", (view.viewport, pair_filter))
    with st.popover(t("filter.title"), icon=":material/filter_alt:"), st.form(f"pair_filter_{number}", border=False):
        key = f"filter_{{}}_{number}".format
        least, most = loaded.sequence.events[0].line, loaded.sequence.events[-1].line
        ends = view.viewport.lines(loaded.sequence)
        choices = choices_of(loaded)
        for side, lines in zip(("effect", "cause"), ends, strict=True):
            for column, end, value in zip(st.columns(2), ("from", "to"), lines, strict=True):
                column.number_input(t(f"filter.{side}_{end}"), least, most, value, key=key(f"{side}_{end}"))
            _several(t, f"{side}s", choices, view, key(f"{side}s"))
        _several(t, "routes", _ROUTES, view, key("routes"))
        st.number_input(t("filter.margin"), 0.0, 100.0, pair_filter.margin, step=0.1, key=key("margin"))
        show = newest("filter", "filter", partial(_apply, loaded, view, number))
        st.form_submit_button(t("filter.show"), width="stretch", on_click=show)
    for name, words in _left_out(t, pair_filter).items():
        without = EVERYTHING if name == "all" else replace(pair_filter, **{name: ()})  # type: ignore[arg-type]
        options: dict[str, Any] = {"icon": ":material/close:", "on_click": view.set_filter, "args": (without,)}
        st.button(words, key=f"filter_without_{name}", **options)


def _several(t: Texts, name: str, options: tuple[str, ...], view: View, key: str) -> None:
    if not options:
        return
    chosen = [value for value in getattr(view.pair_filter, name) if value in options]
    words = (lambda route: t.plain(f"selection.route.{route}")) if name == "routes" else str
    st.multiselect(t(f"filter.{name}"), options, chosen, format_func=words, placeholder=t.plain("word.all"), key=key)


def _left_out(t: Texts, pair_filter: PairFilter) -> dict[str, str]:
    """Return what a click takes out of the filter, in words: kinds and distances that were chosen on the map, or all of it."""
    said: dict[str, str] = {}
    if pair_filter.templates:
        other = t.plain("selection.templates.other")
        effect, cause = (other if text is None else shortened(text, _SHORT) for text in pair_filter.templates)
        said["templates"] = t("filter.chosen.templates", effect=effect, cause=cause)
    if pair_filter.distances:
        both = dict.fromkeys(distance_words(signed, t.plain) for signed in reversed(pair_filter.distances))
        said["distances"] = t("filter.chosen.distances", distances=" – ".join(both))
    if pair_filter.active:
        said["all"] = t("filter.clear")
    return said


def _apply(loaded: LoadedDecision, view: View, number: int) -> None:
    """Show the form's lines, and the pairs that fit its other values. A callback."""

    def value(name: str, default: object = ()) -> object:
        return st.session_state.get(f"filter_{name}_{number}", default)

    names = {name: list(value(name)) for name in ("effects", "causes", "routes")}  # type: ignore[call-overload]
    chosen = PairFilter.of({**names, "margin": value("margin", 0.0)})
    ends = view.viewport.lines(loaded.sequence)
    asked = tuple((int(str(value(f"{side}_from"))), int(str(value(f"{side}_to")))) for side in ("effect", "cause"))
    viewport = view.viewport if asked == ends else Viewport.of_lines(loaded.sequence, *asked)
    view.open(viewport, replace(chosen, templates=view.pair_filter.templates, distances=view.pair_filter.distances))
