"""Find lines by their text and see their pairs; leave pairs out by level, station, route and margin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import resources
from dashboard.components.pair_view import View
from dashboard.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views.pair_filter import MAX_TEXT, SIDES, BadPattern, Facets, PairFilter, facets
from dashboard.views.pairs import pair_rows, strongest_places
from dashboard.views.region import EVERYTHING, Region, region_of, wanted_places
from sparsemix.trace import Route

_ROUTES = (Route.CONTENT.name.lower(), Route.LOCAL.name.lower())


def region_in_view(loaded: LoadedDecision, view: View) -> Region:
    """What lies in view and is wanted, found once for everybody who looks there."""
    kept, key = resources.regions(), (view.decision, view.layer, view.head, view.viewport, view.wanted)
    found = kept.get(key)
    if found is None:
        selection = loaded.trace.heads[view.layer][view.head]
        found = region_of(selection, view.viewport, view.wanted, _events(loaded, view))
        kept.put(key, found)
    return found


def strongest_in_view(loaded: LoadedDecision, view: View, most: int) -> pd.DataFrame:
    """The strongest pairs in view that are wanted, as rows."""
    selection = loaded.trace.heads[view.layer][view.head]
    places = wanted_places(selection, view.viewport, view.wanted, _events(loaded, view))
    return pair_rows(loaded.sequence, view.layer, view.head, selection, *strongest_places(selection, *places, most))


def _events(loaded: LoadedDecision, view: View) -> NDArray[np.bool_] | None:
    return view.wanted.events(loaded.sequence) if view.wanted.about_events else None


def search(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """The form, and what it leaves of the pairs in view."""
    known = _facets(loaded)
    wanted = view.wanted
    with st.expander(t("filter.title"), icon=":material/search:", expanded=wanted.active):
        with st.form(f"pair_filter_{view.serial}", border=False):
            key = f"filter_{{}}_{view.serial}".format
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
            st.number_input(
                t("filter.margin"), 0.0, 100.0, wanted.margin, step=0.1, key=key("margin"), help=t("filter.margin_help")
            )
            st.form_submit_button(t("filter.show"), width="stretch", on_click=_apply, args=(loaded, view, view.serial))
        if wanted.active:
            st.button(
                t("filter.clear"), key="filter_clear", icon=":material/filter_alt_off:", on_click=view.want, args=(EVERYTHING,)
            )
    bad = st.session_state.pop("filter_bad", None)
    if bad is not None:
        st.error(t("filter.bad", text=bad), icon=":material/error:")
    if wanted.active:
        st.caption(t("filter.left", shown=region_in_view(loaded, view).pairs))


def _apply(loaded: LoadedDecision, view: View, serial: int) -> None:
    """A callback: the form's values become what is wanted, unless the pattern is none."""

    def value(name: str, default: object = ()) -> object:
        return st.session_state.get(f"filter_{name}_{serial}", default)

    wanted = PairFilter.of(
        {
            "text": str(value("text", "")).strip(),
            "pattern": bool(value("pattern", False)),
            "side": value("side", "either"),
            **{name: list(value(name)) for name in ("levels", "sources", "routes")},  # type: ignore[call-overload]
            "margin": value("margin", 0.0),
        }
    )
    try:
        # Tried now: the page that follows must not stumble over it.
        wanted.events(loaded.sequence)
    except BadPattern as error:
        st.session_state["filter_bad"] = str(error)
        return
    view.want(wanted)


def _facets(loaded: LoadedDecision) -> Facets:
    kept, id = resources.facets(), loaded.summary.decision.id
    found = kept.get(id)
    if found is None:
        found = facets(loaded.sequence)
        kept.put(id, found)
    return found
