"""A reviewer at the app: decisions to review, a name, and a verdict."""

from __future__ import annotations

from audit import PairVerdict, Verdict
from dashboard.service.decide.pipeline import analyse
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


def filled_in(app: App, id: str) -> str:
    """Fill in a flag with a comment and a mark on a pair without sending it; return the key of the mark."""
    choose(app, Verdict.FLAG).click("reason_is_wrong_cause")
    app.page.text_input(key=f"comment_{id}").set_value("弁 open")
    mark = next(c for c in app.page.segmented_control if c.key and c.key.startswith("opinion_"))
    mark.set_value(PairVerdict.SPURIOUS)
    app.run()
    assert mark.key is not None
    return mark.key
