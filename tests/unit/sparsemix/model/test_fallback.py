"""Which weights judge a file: those asked for, or the model for any log."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pytest

from sparsemix import SparseMixModel, TokenSequence, read_bytes
from sparsemix.encoding import encoder
from sparsemix.encoding.encoder import vocabulary_of
from sparsemix.encoding.tokens import tokens_of
from sparsemix.errors import WeightsError
from sparsemix.model import fallback
from sparsemix.model.fallback import LEAST_EVENTS, any_log_model, run_or_fall_back
from sparsemix.model.replay import replay
from tests.support.sparsemix.small_models import small_model


def log(events: int, word: str = "door") -> TokenSequence:
    return read_bytes("\n".join(f"{word} {number % 7} opened" for number in range(events)).encode(), "a.log")


def knowing(*known: str) -> SparseMixModel:
    model = small_model()
    model.vocabulary = np.array(sorted(crc32(word.encode()) for word in known), np.uint32)
    return model


def test_weights_judge_what_they_know() -> None:
    model, sequence = knowing("door", "opened"), log(80)
    judged = run_or_fall_back(model, sequence)
    assert (judged.model, judged.fell_back, judged.known_share) == (model, False, 1.0)
    assert judged.run.decision.weights_sha256 == model.weights_sha256


def test_a_file_of_other_words_is_judged_by_itself_and_stays_unfamiliar() -> None:
    sequence = log(80)
    judged = run_or_fall_back(knowing("door"), sequence)
    assert (judged.model, judged.fell_back, judged.known_share) == (any_log_model(), True, 0.5)
    decision, trace = judged.run.decision, judged.run.trace
    assert decision.unfamiliar
    assert decision.weights_sha256 == any_log_model().weights_sha256
    assert all(trace.certified_share(layer) == 1.0 for layer in range(len(trace.heads)))
    assert max(replay(judged.model, sequence, trace)) < 1e-9
    again = run_or_fall_back(knowing("door"), sequence)
    np.testing.assert_array_equal(again.run.decision.event_probability, decision.event_probability)


@pytest.mark.parametrize(("events", "fall_back"), [(LEAST_EVENTS - 1, True), (80, False), (5_000, False)])
def test_short_files_and_those_who_ask_for_it_get_the_weights(events: int, fall_back: bool) -> None:
    model = knowing("door")
    judged = run_or_fall_back(model, log(events), fall_back=fall_back)
    assert (judged.model, judged.known_share, judged.run.decision.known_share) == (model, 0.5, 0.5)


def test_weights_that_read_no_words_judge_themselves() -> None:
    model = SparseMixModel.from_bytes(any_log_model().to_bytes())
    assert run_or_fall_back(model, log(80)).model is model


def test_a_long_file_is_told_by_events_spread_over_it() -> None:
    """Where these suffice, no other event is compared: the first words of the file are known, which is seen."""
    half = read_bytes("\n".join("door opened" if number < 2_600 else "x y" for number in range(5_200)).encode(), "a.log")
    assert run_or_fall_back(knowing("other"), half).known_share == 0.0
    assert run_or_fall_back(knowing("door", "opened"), half).known_share == pytest.approx(0.5, abs=0.01)
    assert set(vocabulary_of(["door opened"]).tolist()) == {crc32(b"door"), crc32(b"opened")}


def test_the_words_of_a_familiar_file_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    monkeypatch.setattr(encoder, "tokens_of", lambda messages: read.append(len(messages)) or tokens_of(messages))
    judged = run_or_fall_back(knowing("door", "opened"), log(5_000))
    # Those spread over the file first, of which these are.
    assert (judged.known_share, sum(read)) == (1.0, 5_000 + 5_000 // 3 + 1)


def test_without_the_model_for_any_log_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    any_log_model.cache_clear()
    monkeypatch.setattr(fallback, "ANY_LOG_WEIGHTS", fallback.ANY_LOG_WEIGHTS.with_name("weights.safetensors"))
    with pytest.raises(WeightsError, match="do not judge a file by itself"):
        run_or_fall_back(knowing("door"), log(80))
    any_log_model.cache_clear()
