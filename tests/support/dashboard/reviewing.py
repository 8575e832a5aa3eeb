"""A reviewer at the app: decisions to review, a name, and a verdict."""

from __future__ import annotations

from audit import PairVerdict, Verdict
from dashboard.service.decide.pipeline import analyse, load
from sparsemix import SparseMixModel
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG


def fill(app: App, model: SparseMixModel, count: int = 1) -> list[str]:
    return [analyse(LOG + b"x\n" * i, f"{i}.log", model=model, access=app.access) for i in range(count)]


def opened(app: App, name: str = "Sato") -> App:
    app.run().open("review")
    app.page.text_input(key="reviewer_name").set_value(name)
    return app.run()


def choose(app: App, verdict: Verdict) -> App:
    return app.click(f"choose_{verdict.value}")


Mark = tuple[str, int, int, int, int]


def mark(app: App, id: str, said: PairVerdict = PairVerdict.SPURIOUS) -> Mark:
    """Say something of the first selected pair of two lines, as the log's component hands it over."""
    selection = load(app.store, id).trace.heads[0][0]
    pair = next((q, int(k)) for q in range(selection.length) for k in selection.key_index[selection.pairs_of(q)] if k != q)
    place = (id, 0, 0, *pair)
    app.page.session_state["marked_pairs"][place] = said.value
    app.run()
    return place


def filled_in(app: App, id: str) -> Mark:
    """Fill in a flag with a comment and a mark on a pair without sending it; return the mark."""
    choose(app, Verdict.FLAG).click("reason_is_wrong_cause")
    app.page.text_input(key=f"comment_{id}").set_value("弁 open")
    return mark(app, id)
