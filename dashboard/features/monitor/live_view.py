"""Live on the Monitor page: which logs are watched, how far behind their decisions are, and what waits for people."""

from __future__ import annotations

import time

import streamlit as st

from audit import Access
from dashboard.features.monitor.views import live as views
from dashboard.service.watch import watch_status
from dashboard.service.watch.watch_status import WatcherStatus
from dashboard.shared import cache, display, navigation, session
from dashboard.shared.fragments import fragment
from dashboard.texts import Texts

_EVERY = "3s"


def show(_access: Access, t: Texts) -> None:
    """Show all watchers, then one of them; drawn anew every few seconds."""
    st.caption(t("live.lead"))
    _watchers()


@fragment(run_every=_EVERY)
def _watchers() -> None:
    t = session.texts()
    watchers, now = watch_status.watchers(watch_status.folder(cache.location())), time.time()
    if not watchers:
        navigation.empty_state(t, t("live.none"), icon=":material/podcasts:")
        return
    number = st.column_config.NumberColumn
    lags = {t.plain(f"live.{name}"): number(format="%.2f s") for name in ("lag", "lag_p95")}
    display.table(t, views.table(watchers, now, t), "live_watchers", key="live_watchers", column_config=lags)
    # Watchers that do not watch first, as in the table.
    names = [watcher.name for watcher in sorted(watchers, key=lambda watcher: watcher.state(now) == "watching")]
    by_name = {watcher.name: watcher for watcher in watchers}
    if len(names) > 1:
        choices = views.choices(watchers)
        chosen = st.selectbox(t("live.choose"), names, format_func=lambda name: choices[name], key="live_chosen")
    else:
        chosen = names[0]
    _one(by_name[chosen], now, t)


def _one(status: WatcherStatus, now: float, t: Texts) -> None:
    if status.state(now) == "watching":
        st.info(views.headline(status, now, t), icon=":material/podcasts:")
    else:
        st.error(views.headline(status, now, t), icon=":material/warning:")
    if status.problem:
        st.warning(t("live.problem", problem=status.problem), icon=":material/folder_off:")
    if status.failed:
        st.warning(t("live.failed", n=status.failed), icon=":material/error:")
    if status.by_itself:
        st.info(t("live.by_itself", n=status.by_itself, of=status.decisions), icon=":material/help:")
    if status.gaps:
        st.warning(t("live.gaps"), icon=":material/warning:")
    if status.state(now) == "watching" and views.behind(status):
        st.warning(
            t("live.behind", waiting=status.waiting, lag=status.lag, unread=status.unread), icon=":material/hourglass_bottom:"
        )
    tiles = (
        ("lag", views.seconds(views.lag_now(status, now), t)),
        ("lag_p95", views.seconds(status.lag_p95, t)),
        ("lag_max", views.seconds(status.lag_max, t)),
        ("held", t.plain("verdict.of_events", n=status.held, total=status.decisions)),
    )
    for column, (name, value) in zip(st.columns(len(tiles)), tiles, strict=True):
        with column, st.container(border=True, gap=None, height="stretch"):
            st.metric(t(f"live.{name}"), value, help=None if name == "held" else t("live.tile_means"))
    if len(status.history) > 1:
        display.figure(t, views.lag_figure(status, t), "live_lag", key="live_lag", alt=t("live.figure_alt"))
    st.caption(views.settings(status, t))
    with st.container(horizontal=True):
        if status.last_id:
            navigation.link("selection", t("link.selection"), {"decision": status.last_id})
        if status.held:
            navigation.link("review", t("link.queue"))
