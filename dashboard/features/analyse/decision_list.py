"""All decisions: filtered, ordered and cut into pages by the record; the address names the same list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import streamlit as st

from audit import Access, Gate, Order, QueueState
from dashboard.features.analyse.views.listing import EARLIEST, KEYS, LABELS, LATEST, MAX_TEXT, ListView, clean, from_address
from dashboard.shared import navigation
from dashboard.shared.decision import decision_choice
from dashboard.shared.session import put_in_address
from dashboard.texts import Texts
from dashboard.views import decisions as views

PAGE = 15
_FIELDS = ("text", "label", "order", "gate", "state", "first", "last", "unfamiliar")


def show(access: Access, t: Texts) -> None:
    """Show the list with its filters; the decision chosen in it opens on the page, two can be compared."""
    st.subheader(t("link.list"), anchor=False)
    view = _remembered()
    if not access.count_decisions():
        navigation.empty_state(t, t("decisions.none"), icon=":material/inbox:")
        return
    view = _filters(view, t)
    # Named by its content: another list begins with its first page and with nothing chosen.
    name = sha256(repr(view.wanted).encode() + view.order.value.encode()).hexdigest()[:12]
    page = int(st.session_state.get(f"list_page_{name}") or view.page)
    listed = access.find(view.wanted, view.order, limit=PAGE, offset=(page - 1) * PAGE)
    pages = max(1, -(-listed.total // PAGE))
    if page > pages:
        page = pages
        listed = access.find(view.wanted, view.order, limit=PAGE, offset=(page - 1) * PAGE)
    _remember(replace(view, page=page))
    if not listed.total:
        navigation.empty_state(t, t("list.nothing"), icon=":material/search_off:")
        st.button(t("list.clear"), key="list_clear", icon=":material/filter_alt_off:", on_click=_clear)
        return
    ids = "".join(summary.decision.id for summary in listed.summaries)
    table = views.table(listed.summaries, t)
    decision_choice.choose_in_table(table, listed.summaries, f"decisions_{sha256(ids.encode()).hexdigest()[:12]}", t)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        first = (page - 1) * PAGE + 1
        st.caption(t("list.place", first=first, last=first + len(listed.summaries) - 1, total=listed.total), width="content")
        if pages > 1:
            st.pagination(pages, default=page, key=f"list_page_{name}")


def _filters(shown: ListView, t: Texts) -> ListView:
    for field in _FIELDS:
        # A visit to another page clears the fields, but the list is remembered.
        st.session_state.setdefault(f"list_{field}", getattr(shown, field))
    all_of_them = t.plain("word.all")
    search, label, order, more = st.columns([4, 2, 2, 2], vertical_alignment="bottom")
    search.text_input(
        t("list.text"), key="list_text", max_chars=MAX_TEXT, icon=":material/search:", placeholder=t.plain("list.text_hint")
    )
    label.selectbox(
        t("word.verdict"), [None, *LABELS], key="list_label", format_func=_words("list.label", t), placeholder=all_of_them
    )
    order.selectbox(
        t("list.order"), list(Order), key="list_order", format_func=lambda value: t.plain(f"list.order.{value.value}")
    )
    words = f"{t('list.more')} ({shown.filters})" if shown.filters else t("list.more")
    with more.popover(words, icon=":material/tune:", width="stretch", key="list_more"):
        st.selectbox(t("word.state"), [None, *Gate], key="list_gate", format_func=_words("gate", t), placeholder=all_of_them)
        st.selectbox(
            t("list.state"),
            [None, *QueueState],
            key="list_state",
            format_func=_words("queue_state", t),
            placeholder=all_of_them,
        )
        days = st.columns(2)
        for column, field in zip(days, ("first", "last"), strict=True):
            column.date_input(
                t(f"list.{field}"), None, EARLIEST, LATEST, key=f"list_{field}", format="YYYY-MM-DD", help=t("list.days_help")
            )
        st.toggle(t("list.unfamiliar"), key="list_unfamiliar")
        st.caption(t("list.blind"))
        st.button(t("list.clear"), key="list_clear_more", icon=":material/filter_alt_off:", on_click=_clear)
    values = {field: st.session_state[f"list_{field}"] for field in _FIELDS}
    chosen = ListView(**values | {"text": clean(values["text"])})
    return shown if chosen == replace(shown, page=1) else chosen


def _words(kind: str, t: Texts) -> Callable[[Any], str]:
    return lambda value: t.plain("word.all") if value is None else t.plain(f"{kind}.{value}")


def _remembered() -> ListView:
    view: ListView | None = st.session_state.get("decision_list")
    return from_address(st.query_params) if view is None else view


def _remember(shown: ListView) -> None:
    st.session_state["decision_list"] = shown
    address = shown.address()
    for key in KEYS:
        put_in_address(key, address.get(key, ""))


def _clear() -> None:
    st.session_state["decision_list"] = ListView()
    for field in _FIELDS:
        st.session_state[f"list_{field}"] = getattr(ListView(), field)
