"""What a widget that is gone was about is not kept."""

from __future__ import annotations

import gc

from streamlit.testing.v1 import AppTest


def page() -> None:
    import weakref  # noqa: PLC0415 - AppTest runs this function's text by itself

    import streamlit as st  # noqa: PLC0415

    from dashboard.shared.callbacks import newest  # noqa: PLC0415

    class Thing:
        def __init__(self, number: str) -> None:
            self.number = number

        def act(self) -> None:
            st.session_state["acted"] = self.number

    state = st.session_state
    state["runs"] = state.get("runs", 0) + 1
    for side in ("left", "right"):
        thing = Thing(f"{side}{state['runs']}")
        state.setdefault("things", []).append(weakref.ref(thing))
        key = f"{side}{state['runs']}"
        st.button(side, key=key, on_click=newest("act", key, thing.act))


def test_a_callback_lasts_until_others_of_its_name_have_come_and_each_widget_has_its_own() -> None:
    app = AppTest.from_function(page)
    for _ in range(5):
        app.run()
    gc.collect()
    things = app.session_state["things"]
    assert [thing() is not None for thing in things] == [False] * 6 + [True] * 4
    app.button[0].click().run()
    assert app.session_state["acted"] == "left5"
    app.button[1].click().run()
    assert app.session_state["acted"] == "right6"
