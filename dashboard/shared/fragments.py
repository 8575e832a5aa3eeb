"""`fragment`: a part of a page that is drawn again by itself, for those who may still see it.

Streamlit runs a fragment without the page around it, which asked who is there. A tab stays open for days: meanwhile its person
may have signed out elsewhere or lost a role, and a decision may have been erased.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from audit import Action, AuditError, Denied, NotFound, SignInFailed
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import failures, session

P = ParamSpec("P")
R = TypeVar("R")


def fragment(*, run_every: str | float | None = None) -> Callable[[Callable[P, R]], Callable[P, R | None]]:
    """Return a decorator like `st.fragment` that asks the record first: for a person who may still read, and for the decision
    among the arguments (`LoadedDecision`), if there is one. Otherwise the whole page is drawn again, which says why."""

    def decorated(draw: Callable[P, R]) -> Callable[P, R | None]:
        @wraps(draw)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> R | None:
            try:
                access = session.access()
                access.require(Action.READ)
                for shown in args:
                    if isinstance(shown, LoadedDecision):
                        access.summary(shown.summary.decision.id)
            except (SignInFailed, Denied, NotFound):
                st.rerun(scope="app")
            except AuditError as error:
                failures.show(error, session.texts())
                return None
            return draw(*args, **kwargs)

        return st.fragment(drawn, run_every=run_every)

    return decorated
