"""Training with identifiers: when events are matched, how far, and what a batch reads."""

from __future__ import annotations

import re

import numpy as np
import torch

from sparsemix import TokenSequence, read_bytes
from sparsemix.dataset import DataSet, Item
from sparsemix.encoding.encoder import EventReading
from sparsemix.model.network import Network
from sparsemix.training.own_data.batches import Drawing, Source
from sparsemix.training.own_data.learning import learn
from sparsemix.training.own_data.plan import EVENTS, NO_MATCHING, Plan, matching
from tests.support.sparsemix.entity_logs import MATCHED, order_log
from tests.support.sparsemix.small_models import plant_sequence

ORDERS = 80


def labelled(orders: int = ORDERS, seed: int = 0) -> Item:
    """Return lines of orders; those of every fifth order are faulty."""
    sequence = order_log(orders, seed)
    number = [int(event.message.split("order ")[1].split()[0]) for event in sequence.events]
    return Item("orders.log", sequence, None, tuple("1" if n % 5 == 0 else "0" for n in number), marked=True)


def test_events_are_matched_as_far_as_identifiers_span() -> None:
    found = matching([labelled()], "label", Plan())
    assert [kind.name for kind in found.types] == ["order #"]
    assert (found.span, found.shared) == (1024, 1.0)
    sequence = labelled().sequence.events
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for place, event in enumerate(sequence):
        order = event.message.split("order ")[1].split()[0]
        first.setdefault(order, place)
        last[order] = place
    spans = [last[o] - first[o] + 1 for o in (event.message.split("order ")[1].split()[0] for event in sequence)]
    assert found.most == int(np.quantile(spans, 0.9))
    assert f"{found.most:,} events" in found.in_words(1024)
    assert matching([labelled()], "label", Plan(span=77)).span == 77


def test_events_are_not_matched_without_labels_of_lines_or_without_identifiers() -> None:
    item = labelled()
    whole = Item("orders.log", item.sequence, "1")
    assert matching([whole], "label", Plan()) == NO_MATCHING
    assert matching([item], "novelty", Plan()) == NO_MATCHING
    assert matching([item], "label", Plan(span=0)) == NO_MATCHING
    assert matching([item], "label", Plan(attention="softmax")) == NO_MATCHING


def test_why_events_are_not_matched_is_said_where_labels_name_single_ones() -> None:
    def why_not(items: list[Item]) -> str:
        found = matching(items, "label", Plan())
        assert found.types == () and found.span == 0
        said = found.in_words(1024)
        assert said.startswith("events are not matched by identifiers, because")
        assert said.endswith("no further than 1,024 events")
        return found.why_not

    item = labelled()
    assert why_not([item, Item("whole.log", item.sequence, "1")]) == "mixed"
    rows = read_bytes(("temp,pressure\n" + "".join(f"7{n % 40}.{n % 9},1.{n % 30}\n" for n in range(400))).encode(), "t.csv")
    assert why_not([Item("t.csv", rows, None, ("0",) * len(rows), marked=True)]) == "table"
    measured = [event.message + f" temp={n % 40 + 70}.5" for n, event in enumerate(item.sequence.events)]
    log = read_bytes("\n".join(measured).encode(), "m.log")
    assert why_not([Item("m.log", log, None, ("0",) * len(log), marked=True)]) == "numbers"
    words = plant_sequence(40)
    assert why_not([Item("plant.log", words, None, ("0",) * len(words), marked=True)]) in ("none", "numbers")
    some = [event.message if n % 4 == 0 else "nothing to do" for n, event in enumerate(item.sequence.events)]
    log = read_bytes("\n".join(some).encode(), "s.log")
    found = matching([Item("s.log", log, None, ("0",) * len(log), marked=True)], "label", Plan())
    assert found.why_not == "few" and 0.0 < found.shared < 0.5 and f"only {found.shared:.0%} of the events" in found.in_words(9)


def test_a_window_reads_the_events_that_share_an_identifier_and_no_others() -> None:
    item = labelled(300)
    source = Source.of(item, MATCHED.features, EventReading(entities=MATCHED.judge.entities[:1]))
    plan = Plan(longest=32, events=128, span=4096)
    drawn = Drawing([source], "label", plan).draw(1.0, np.random.default_rng(0))
    batch = drawn.batch
    assert batch.matches is not None
    assert batch.beside is not None
    own = drawn.valid.numel()
    assert len(batch.matches) == own
    assert (batch.matches.key < own + batch.beside.shape[1]).all()
    # Every event beside the windows is somebody's key.
    beside = np.unique(batch.matches.key[batch.matches.key >= own])
    assert beside.tolist() == list(range(own, own + batch.beside.shape[1]))
    torch.manual_seed(0)
    network = Network(MATCHED).double()
    drawn_logits, _ = network(batch, valid=drawn.valid)
    assert torch.isfinite(drawn_logits).all()


def test_windows_around_faulty_events_do_not_change_the_odds() -> None:
    source = Source.of(labelled(300), MATCHED.features, EventReading(entities=MATCHED.judge.entities))
    drawing = Drawing([source], "label", Plan(longest=16, events=256, span=1024))
    drawn = [drawing.draw(1.0, np.random.default_rng(seed)) for seed in range(20)]
    share = float(np.mean(source.steps))
    for one in drawn:
        rate = float(one.event.mean())
        assert abs(one.event_shift - (np.log(rate / (1 - rate)) - np.log(share / (1 - share)))) < 1e-4
    assert np.mean([one.event_shift for one in drawn]) > 0


def test_what_a_step_costs_does_not_grow_with_the_span() -> None:
    source = Source.of(labelled(1500), MATCHED.features, EventReading(entities=MATCHED.judge.entities[:1]))
    sizes = []
    for span in (2048, 8192):
        drawing = Drawing([source], "label", Plan(longest=16, events=64, span=span))
        drawn = [drawing.draw(1.0, np.random.default_rng(seed)) for seed in range(10)]
        sizes.append(max(0 if one.batch.beside is None else one.batch.beside.shape[1] for one in drawn))
    # An order has six lines, so five others each.
    assert max(sizes) <= 5 * 64


def test_training_learns_with_the_types_of_the_data_and_says_so() -> None:
    said: list[str] = []
    plan = Plan(steps=2, features=256)
    learned = learn(DataSet("orders", (labelled(120),), ()), plan, tell=said.append)
    judge = learned.model.judge
    assert [kind.name for kind in judge.entities] == ["order #"]
    assert (judge.context, judge.pooling, learned.matched.span) == (1, "max", 1024)
    assert [one.split(" ")[0] for one in said] == ["events", "prepared", "learned", "compared"]
    assert "'order #'" in said[0]
    run = learned.model.run_with_trace(order_log(30, seed=9))
    assert run.trace.certified_share(0) == 1.0
    assert plan.events > EVENTS
    # A file is faulty exactly when one of its events is.
    for seed in range(6):
        decision = learned.model.run_with_trace(order_log(30, seed)).decision
        assert (decision.label == "fault") == bool(len(decision.flagged))


def test_names_of_another_form_are_decided_alike_and_none_at_all_is_unfamiliar() -> None:
    model = learn(DataSet("orders", (labelled(200),), ()), Plan(steps=2, features=256)).model
    assert model.judge.around[0] and [one.length for one in model.judge.selected][:-1] == [64, 256]
    log = order_log(100, seed=5)

    def renamed(name: str) -> TokenSequence:
        text = "\n".join(re.sub(r"(?<=order )(\d+)", name, event.text) for event in log.events)
        return read_bytes(text.encode(), "orders.log")

    own, other = (model.run_with_trace(sequence).decision for sequence in (log, renamed(r"job-\1/attempt_a")))
    assert not own.unfamiliar and not other.unfamiliar
    assert (own.event_probability == other.event_probability).all()
    # Every line names another order: nothing matches.
    numbers = iter(range(10**6, 2 * 10**6))
    lost = "\n".join(re.sub(r"(?<=order )\d+", lambda _: str(next(numbers)), event.text) for event in log.events)
    decision = model.run_with_trace(read_bytes(lost.encode(), "orders.log")).decision
    assert decision.known_share >= decision.familiarity_floor
    assert decision.unfamiliar and "far less" in decision.why_unfamiliar
    for start in range(0, 600, 100):
        part = read_bytes("\n".join(event.text for event in log.events[start : start + 100]).encode(), "orders.log")
        assert not model.run_with_trace(part).decision.unfamiliar
