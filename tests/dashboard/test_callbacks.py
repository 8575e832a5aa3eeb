"""What a widget that is gone was about is not kept."""

from __future__ import annotations

import gc

from streamlit.testing.v1 import AppTest


def page() -> None:
    import weakref  # noqa: PLC0415 - AppTest runs this function's text by itself

    import streamlit as st  # noqa: PLC0415

    from dashboard.components.callbacks import newest  # noqa: PLC0415

    class Thing:
        def __init__(self, number: int) -> None:
            self.number = number

        def act(self) -> None:
            st.session_state["acted"] = self.number

    state = st.session_state
    state["runs"] = state.get("runs", 0) + 1
    thing = Thing(state["runs"])
    state.setdefault("things", []).append(weakref.ref(thing))
    st.button("Act", key=f"act{state['runs']}", on_click=newest("act", thing.act))


def test_a_callback_lasts_until_the_next_one_of_its_name() -> None:
    app = AppTest.from_function(page)
    for _ in range(4):
        app.run()
    gc.collect()
    things = app.session_state["things"]
    assert [thing() is not None for thing in things] == [False, False, False, True]
    app.button[0].click().run()
    assert app.session_state["acted"] == 4
