"""A file that weights learned from, in parts, is held when they judge it; another day's file is not held for that."""

from __future__ import annotations

import pytest

from audit import Access, Gate
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide import hold_policy
from dashboard.service.decide.pipeline import analyse
from dashboard.texts import Texts
from dashboard.views import verdict
from sample_data import PlantConfig, generate
from sparsemix import SparseMixModel
from sparsemix.dataset.reading import read_files
from sparsemix.training.own_data import Plan, learn

PARTS = 10


def lines_of(seed: int) -> list[str]:
    return list(generate(PlantConfig(events=600, fault_rate=0.0), seed).lines)


def joined(lines: list[str]) -> bytes:
    return "\n".join(lines).encode() + b"\n"


@pytest.fixture(scope="module")
def of_parts() -> SparseMixModel:
    """Weights of the normal course that learned from ten parts of one file. Nothing that they judge is unusual to them."""
    lines = lines_of(1)
    size = len(lines) // PARTS
    files = [(f"part-{n}.log", joined(lines[n * size : (n + 1) * size])) for n in range(PARTS)]
    plan = Plan(task="novelty", steps=4, events=256, longest=64, features=256, false_alarms=0.4)
    return learn(read_files(files, "parts"), plan).model


def reasons(access: Access, model: SparseMixModel, lines: list[str]) -> tuple[Gate, list[str]]:
    decision = access.decision(analyse(joined(lines), "line.log", model=model, access=access))
    if hold_policy.LEARNED_FROM in (found := details_of(decision).hold_reasons):
        assert "learned from most of its lines" in " ".join(verdict.hold_reasons(decision, Texts("en")))
        assert "risk-policy-9" in decision.policy
    return decision.gate, found


def test_lines_learned_from_are_held_and_another_day_is_not(access: Access, of_parts: SparseMixModel) -> None:
    learned = lines_of(1)
    for lines in (learned, learned[37:], learned[100:200], [*learned[:400], *lines_of(2)[:200]]):
        gate, found = reasons(access, of_parts, lines)
        assert gate is Gate.HELD and hold_policy.LEARNED_FROM in found
    for lines in (lines_of(2), [*learned[:100], *lines_of(2)[100:]]):
        assert hold_policy.LEARNED_FROM not in reasons(access, of_parts, lines)[1]
