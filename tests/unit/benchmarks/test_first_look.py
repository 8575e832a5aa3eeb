"""The figures of a first look against readings, and the fit of the ranking's few weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sparsemix.errors import ConfigError
from sparsemix.incidents.ranking import first_ones, vector
from sparsemix.incidents.terms import TERMS, Candidates
from tests.benchmarks.first_look import fitting
from tests.benchmarks.first_look.fitting import fitted, read_log
from tests.benchmarks.first_look.readings import (
    FOLDER,
    READERS,
    ReadIncident,
    Told,
    count_causes,
    figures,
    mean_figures,
    other_reader,
    readings,
    stretches,
)

FOUND = (
    ReadIncident(frozenset(range(10, 20)), (12,), 2, (), 0),
    ReadIncident(frozenset({50, 51}), (51,), 1, (40, 41), 1),
    ReadIncident(frozenset({90}), (90,), 2, (12,), 0),
)


def test_an_incident_counts_once_however_often_it_is_met() -> None:
    assert figures([10, 11, 12, 13, 14, 90], FOUND) == pytest.approx((1 / 3, 1.0, 2 / 3, 2 / 3))
    assert figures([], FOUND) == (0.0, 0.0, 0.0, 0.0)
    # Near a best line is a lead, but only a line of the incident meets it.
    assert figures([48], FOUND) == pytest.approx((0.0, 0.0, 0.0, 1 / 3))


def test_where_nothing_must_be_seen_that_figure_is_left_out() -> None:
    calm = figures([51], FOUND[1:2])
    assert np.isnan(calm[1])
    assert mean_figures([calm, (0.0, 0.5, 0.0, 0.0)])[1] == 0.5


def test_the_other_reader_shows_what_must_be_seen_first() -> None:
    assert other_reader(FOUND) == [12, 90, 51]


def test_causes_count_within_a_line_and_only_of_incidents_that_are_met() -> None:
    reading = {"A": FOUND}
    looks = {"A": [Told(50, (42, 5)), Told(90, (80,)), Told(300, (12,))]}
    count = count_causes(looks, [reading, reading])
    assert (count.causes, count.found, count.systems, count.told, count.right) == (4, 2, 1, 4, 1)


def test_stretches_are_those_on_which_readings_agree() -> None:
    one, other = {"A": FOUND}, {"A": FOUND[1:2]}
    assert list(stretches([one, one], "A", 500)) == [(1, 200, True), (201, 400, False), (401, 500, False)]
    assert list(stretches([one, other], "A", 500)) == [(201, 400, False), (401, 500, False)]


def test_readings_are_read_as_they_lie_there_or_missed_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="reader_1"):
        readings(tmp_path)
    incident = {"lines": [3, 4], "best": [4], "causes": [9, 3, 1], "grade": 2, "sure": "high"}
    for reader in READERS:
        (tmp_path / FOLDER / reader).mkdir(parents=True)
        (tmp_path / FOLDER / reader / "A.json").write_text(json.dumps({"incidents": [incident]}))
    one, other = readings(tmp_path)
    # Neither a line of the incident nor one after its best line explains it.
    assert one == other == {"A": (ReadIncident(frozenset({3, 4}), (4,), 2, (1,), 0),)}


def made(rng: np.random.Generator, telling: str) -> tuple[Candidates, list[ReadIncident]]:
    """Return candidates of which those with a high ``telling`` term are incidents, and the reading."""
    count = 60
    values = rng.normal(0.0, 0.5, (count, len(TERMS)))
    lines = sorted(rng.choice(count, 4, replace=False).tolist())
    values[lines, TERMS.index(telling)] += 5.0
    event = np.arange(count) * 20
    one = np.arange(count)
    grade = np.zeros(20 * count, np.int64)
    found = Candidates(event, one, values, grade, one, np.ones(count), np.zeros(count), grade, (), ())
    return found, [ReadIncident(frozenset({int(event[at]) + 1}), (int(event[at]) + 1,), 2, (), 0) for at in lines]


def test_the_fit_finds_the_term_that_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "_SAMPLES", 2)
    rng = np.random.default_rng(0)
    logs, telling = {}, "number_rare"  # weighs nothing in the prior
    for name in "ABC":
        found, incidents = made(rng, telling)
        logs[name] = read_log(found, np.arange(20 * 60) + 1, [incidents, incidents])
    weights = fitted(logs)
    assert (weights == fitted(logs)).all()
    assert weights[TERMS.index(telling)] > 0.2
    found, incidents = made(np.random.default_rng(9), telling)
    met = lambda by: figures([int(found.event[one]) + 1 for one in first_ones(found, 10, by)[0]], incidents)[0]  # noqa: E731
    assert met(weights) >= met(vector(fitting.PRIOR))
