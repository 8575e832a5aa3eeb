"""What is known of events besides: windows, parts and batches say the same as the whole, and weights take what fits them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from sparsemix import ConfigError, TokenSequence, WeightsError, read_bytes
from sparsemix.encoding import scales
from sparsemix.encoding.encoder import column_table
from sparsemix.encoding.scales import Scale
from sparsemix.judges import AnyLog, Judges, Labelled, NormalCourse
from sparsemix.judges.evidence import ngram_prior
from sparsemix.judges.following import NOTHING, Following
from sparsemix.judges.knowledge import read
from sparsemix.judges.next_events import KindKnowledge, RowKnowledge
from sparsemix.model.network import Network
from sparsemix.priors import expectation
from tests.support.sparsemix.small_models import SMALL, plant_sequence

COUNTS = expectation.fit([plant_sequence(80).events])


def table(rows: int) -> TokenSequence:
    values = np.random.default_rng(2).normal(size=(rows, 2)).round(3).tolist()
    return read_bytes(("a,b\n" + "".join(f"{a},{b}\n" for a, b in values)).encode(), "line.csv")


BLANK = [Scale(name, (0.0,), 0.0, 1.0, (0.0,), 1.0) for name in ("a", "b")]
SCALES = scales.fit(["a", "b"], [column_table(table(60).events, BLANK)])
MADE: dict[str, tuple[Judges, Callable[[], Following]]] = {
    "nothing": (Labelled(), lambda: NOTHING),
    "classes": (Labelled(classes=("jam", "leak")), lambda: NOTHING),
    "n-grams": (
        Labelled(pooling="soft", evidence=True),
        lambda: ngram_prior(np.random.default_rng(1).normal(size=40), -0.5),
    ),
    "kinds": (NormalCourse(kinds=len(COUNTS.known)), lambda: KindKnowledge(COUNTS).following(plant_sequence(40).events)),
    "rows": (NormalCourse(scales=SCALES, forecast=True), lambda: RowKnowledge(SCALES).following(table(40).events)),
}


@pytest.mark.parametrize("name", MADE)
def test_windows_in_a_batch_are_judged_as_they_are_alone(name: str) -> None:
    judge, made = MADE[name]
    torch.manual_seed(0)
    network, whole = Network(replace(SMALL, judge=judge)).double(), made()
    x = torch.randn(2, 12, SMALL.d_model, dtype=torch.float64)
    windows = [whole.at(np.arange(3, 15)), whole.at(np.arange(30, 36))]
    batch = windows[0].stacked(windows, 12)
    valid = torch.arange(12) < torch.tensor([[12], [6]])
    with torch.no_grad():
        together = network.event_logits(x, batch)
        pooled = network.pooled(together, valid, batch)
        for place, window in enumerate(windows):
            own = x[place : place + 1, : valid[place].sum()]
            alone = network.event_logits(own, window)
            torch.testing.assert_close(together[place : place + 1, : own.shape[1]], alone)
            torch.testing.assert_close(pooled[place], network.pooled(alone[0], following=window))
            some = slice(place, place + 1)
            torch.testing.assert_close(network.event_logits(x[some], batch.part(some)), together[some])


@pytest.mark.parametrize("name", ["n-grams", "kinds", "rows"])
def test_weights_that_need_what_is_known_say_so(name: str) -> None:
    with pytest.raises(ConfigError, match="pass it as following"):
        Network(replace(SMALL, judge=MADE[name][0])).event_logits(torch.zeros(1, 3, SMALL.d_model))


def test_no_event_has_no_logit() -> None:
    judge, made = MADE["kinds"]
    none = made().at(np.zeros(0, np.int64))
    assert Network(replace(SMALL, judge=judge)).event_logits(torch.zeros(1, 0, SMALL.d_model), none).shape == (1, 0)


@pytest.mark.parametrize(
    "judge", [AnyLog(), Labelled(), NormalCourse(kinds=3), NormalCourse(scales=SCALES, forecast=True, terms=True)]
)
def test_knowledge_that_does_not_fit_the_judge_is_refused(judge: Judges) -> None:
    packed = KindKnowledge(COUNTS).packed()["expectation"]
    for part in ("evidence", "behaviour", "expectation"):
        with pytest.raises(WeightsError, match=r"not those|do not fit|other columns|damaged"):
            read(judge, {f"{part}.{name}": torch.from_numpy(column) for name, column in packed.items()})
