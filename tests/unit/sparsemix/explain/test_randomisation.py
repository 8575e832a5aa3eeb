"""The curve of a report: it starts at the real explanation, is the benchmark's, keeps to its limit, and can be stopped."""

from __future__ import annotations

import pytest

from sparsemix import ExplanationError, RunCancelled
from sparsemix.explain import randomisation
from sparsemix.explain.randomisation import METHODS, curve, parts, randomisation_curve
from tests.benchmarks import explanations as bench
from tests.support.sparsemix.small_models import plant_sequence, small_model

MODEL = small_model()
SEQUENCE = plant_sequence(60)
TARGET = 40


@pytest.mark.deep
def test_the_curve_starts_at_the_real_explanation_and_names_its_depths() -> None:
    told: list[tuple[float, str]] = []
    found = randomisation_curve(MODEL, SEQUENCE, TARGET, progress=lambda share, stage: told.append((share, stage)))
    assert found.target == TARGET
    assert found.depths == ("trained", "head", "layer 2", "layer 1", "embedding")
    assert tuple(found.values) == METHODS
    for values in found.values.values():
        assert len(values) == len(found.depths)
        assert values[0] == pytest.approx(1.0)
        assert all(-1.0 <= value <= 1.0 for value in values)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[0] >= 0.0 and shares[-1] < 1.0
    assert {stage for _, stage in told} == {"randomise"}


@pytest.mark.deep
def test_it_is_the_curve_of_the_benchmark() -> None:
    found = randomisation_curve(MODEL, SEQUENCE, TARGET, seed=3)
    assert {name: [[value] for value in values] for name, values in found.values.items()} == curve(MODEL, SEQUENCE, [TARGET], 3)
    assert (vars(bench)["curve"], vars(bench)["parts"]) == (curve, parts)


def test_long_sequences_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(randomisation, "LONGEST", len(SEQUENCE) - 1)
    with pytest.raises(ExplanationError, match="at most"):
        randomisation_curve(MODEL, SEQUENCE, TARGET)


def test_it_stops_at_the_next_piece_of_work() -> None:
    calls = 0

    def stop(_share: float, _stage: str) -> None:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise RunCancelled("stopped on request")

    with pytest.raises(RunCancelled):
        randomisation_curve(MODEL, SEQUENCE, TARGET, progress=stop)
    assert calls == 4
