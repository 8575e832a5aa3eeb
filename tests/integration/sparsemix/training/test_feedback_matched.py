"""Learning from reviews where heads match identifiers: margins of matching pairs, and none for pairs that share nothing."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
import torch

from sparsemix import SparseMixModel, TokenSequence
from sparsemix.attention.entity_attention import EntityAttention
from sparsemix.attention.entmax import dense_entmax15
from sparsemix.encoding.encoder import encode
from sparsemix.judges.following import NOTHING
from sparsemix.model.event_batch import EventBatch
from sparsemix.training.feedback import FeedbackSet, Mark, ReviewedDecision, learn_feedback
from sparsemix.training.feedback.fitting import FeedbackPlan, Lesson, Teacher, _losses, _window, margins, with_margins
from sparsemix.training.feedback.targets import Targets
from tests.support.sparsemix.matched_models import MATCHED, matched_model, matched_sequence


def encoded(model: SparseMixModel, sequence: TokenSequence) -> EventBatch:
    return EventBatch.of([encode(sequence.events, model.config.features, model.reading)])


def apart(batch: EventBatch) -> tuple[int, int]:
    """Two events that share no identifier."""
    assert batch.matches is not None
    query = 20
    keys = set(batch.matches.key[batch.matches.pointer[query] : batch.matches.pointer[query + 1]].tolist())
    return query, next(key for key in range(query + 1, batch.shape[1]) if key not in keys)


def test_margins_are_those_of_the_trace() -> None:
    model, sequence = matched_model(), matched_sequence(200)
    run, batch = model.run_with_trace(sequence), encoded(model, sequence)
    for layer, head, selected in run.trace:
        query, key = (torch.from_numpy(of.astype(np.int64)) for of in (selected.query_index, selected.key_index))
        with torch.no_grad():
            x, margin = with_margins(model.network, batch, query, key)
        assert margin.shape == (len(query), 2, 2)
        # The trace is kept on a grid of 0.001.
        np.testing.assert_allclose(margin[:, layer, head].numpy(), selected.margin, atol=2e-3)
        np.testing.assert_allclose(
            model.network.event_logits(x)[0].sigmoid().detach().numpy(), run.decision.event_probability, atol=1e-6
        )


def test_margins_and_their_gradients_are_those_of_all_logits_written_out() -> None:
    model, sequence = matched_model(), matched_sequence(60)
    batch, attention = encoded(model, sequence), model.network.stack[0].attention
    assert isinstance(attention, EntityAttention) and batch.matches is not None
    with torch.no_grad():
        q, k, _ = attention.project(model.network.embed(batch))
    query, key = (torch.from_numpy(of.astype(np.int64)) for of in (batch.matches.row, batch.matches.key))
    ours = margins(attention, q[0], k[0], query, key, batch.matches)
    theirs = dense_entmax15(attention.dense_logits(q, k, batch.matches))[0][:, query, key].T
    np.testing.assert_allclose((ours.clamp_min(0.0) ** 2).detach().numpy(), theirs.detach().numpy(), atol=1e-12)
    way = torch.randn(ours.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    learned = [attention.gate, attention.past_raw, attention.future_raw, attention.future_offset, attention.anchor_key]
    for one, other in zip(
        torch.autograd.grad(((ours.clamp_min(0.0) ** 2) * way).sum(), learned),
        torch.autograd.grad((theirs * way).sum(), learned),
        strict=True,
    ):
        assert float(other.abs().max()) > 0.0
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-10)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("relevant", [0.0, 1.0])
def test_a_pair_without_a_common_identifier_teaches_the_heads_that_match_nothing(layers: int, relevant: float) -> None:
    model, sequence = matched_model(config=replace(MATCHED, layers=layers)), matched_sequence(60)
    network = model.network.float()
    batch = encoded(model, sequence)
    pair = apart(batch)
    _, margin = with_margins(network, batch, *(torch.tensor([event]) for event in pair))
    assert bool((margin[:, 0] == -torch.inf).all()) and bool(margin[:, 1:].isfinite().all())
    targets = Targets(*(np.array([event]) for event in pair), np.array([relevant]), np.array([3]))
    hashed = encode(sequence.events, model.config.features, model.reading)
    spurious, wanted, kept, _ = _losses(network, Teacher(network, (1.0, 0.0)), Lesson(hashed, NOTHING, targets))
    assert [bool(loss.isfinite()) for loss in (spurious, wanted, kept)] == [True] * 3
    if layers == 1:
        assert spurious.item() == wanted.item() == 0.0
    (spurious + wanted + kept).backward()
    assert all(parameter.grad is None or bool(parameter.grad.isfinite().all()) for parameter in network.parameters())


def test_a_part_of_a_sequence_is_matched_by_itself() -> None:
    model, sequence = matched_model(), matched_sequence(300)
    hashed = encode(sequence.events, model.config.features, model.reading)
    rng, plan = np.random.default_rng(1), FeedbackPlan(window=100)
    for _ in range(5):
        part = _window(Lesson(hashed, NOTHING), plan, rng).hashed
        (start,) = (
            at
            for at in range(201)
            if all(np.array_equal(getattr(hashed.window(at, at + 100), of), getattr(part, of)) for of in ("pointer", "bucket"))
        )
        alone = encode(sequence.events[start : start + 100], model.config.features, model.reading)
        assert part.entities is not None and alone.entities is not None
        ours, theirs = part.entities.all_matches, alone.entities.all_matches
        assert all(np.array_equal(getattr(ours, of), getattr(theirs, of)) for of in ("pointer", "key", "offset", "shared"))


def test_reviews_move_pairs_where_identifiers_are_matched() -> None:
    model, sequence = matched_model(), matched_sequence(120)
    data = "\n".join(event.text for event in sequence.events).encode()
    first = model.run_with_trace(sequence).trace.heads[0]
    chosen = [set(zip(head.query_index.tolist(), head.key_index.tolist(), strict=True)) for head in first]
    spurious = min(pair for pair in chosen[0] | chosen[1] if pair[0] != pair[1])
    missing = apart(encoded(model, sequence))
    marks = (Mark(*spurious, "spurious", 0.99), Mark(*missing, "missing", 0.99))
    reviewed = ReviewedDecision("a", sequence, sha256(data).hexdigest(), model.weights_sha256, "fault", 0.5, marks)
    plan = FeedbackPlan(steps=150, windows=1, learning_rate=3e-3)
    learned = learn_feedback(model, FeedbackSet("f", 1, "r", 1, (reviewed,)), plan)
    assert {(one.query, one.key): one.after > 0 for one in learned.learned.pairs} == {spurious: False, missing: True}
    assert learned.model.judge.entities == model.judge.entities
