"""Evidence of a table's columns: shared out exactly among rows and columns, and kept in a file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

from sparsemix.errors import WeightsError
from sparsemix.judges.evidence import column_prior
from sparsemix.priors import column_evidence
from sparsemix.priors.column_evidence import TERMS, ColumnEvidence
from tests.support.properties import examples

RNG = np.random.default_rng(7)
FAULT = np.arange(60) % 3


def table(fault: int) -> np.ndarray:
    """Return three columns, the last the sum of the others; fault 1 breaks the sum, fault 2 makes the first column jump."""
    free = RNG.normal(size=(20, 2)).cumsum(0) * 0.2
    value = np.column_stack([free, free.sum(1) + 0.05 * RNG.normal(size=20)])
    if fault == 1:
        value[:, 2] += 0.4 * RNG.choice([-1, 1])
    if fault == 2:
        value[:, 0] += RNG.normal(size=20)
    return value


TABLES = [table(fault) for fault in FAULT.tolist()]


def fitted() -> ColumnEvidence:
    return column_evidence.fit(TABLES, FAULT, 1.0)


def test_faults_are_told_apart_by_what_single_values_do_not_show() -> None:
    evidence = fitted()
    logits = [
        np.append(0.0, contributions.rest + contributions.row.sum(0))
        for contributions in map(evidence.of_values, [table(one) for one in FAULT.tolist()])
    ]
    assert (np.argmax(logits, 1) == FAULT).mean() > 0.9


def test_the_column_that_the_others_do_not_explain_is_pointed_at() -> None:
    contributions = fitted().of_values(table(1))
    assert TERMS[int(contributions.column[:, :, 0].sum(1).argmax())] == "apart"
    change = fitted().of_values(table(2)).column[:, :, 1]
    assert np.unravel_index(int(change.argmax()), change.shape)[1] in {0, 2}


@examples(30)
@given(st.integers(1, 30), st.integers(0, 99))
def test_rows_and_columns_add_up_to_the_same_logits(rows: int, seed: int) -> None:
    evidence, value = fitted(), np.random.default_rng(seed).normal(size=(rows, 3))
    contributions = evidence.of_values(value)
    np.testing.assert_allclose(contributions.row.sum(0), contributions.column.sum((0, 1)), atol=1e-9)
    prior = column_prior(contributions)
    assert prior.classes is not None
    assert prior.column is not None
    assert float(prior.alone) == pytest.approx(logsumexp(contributions.rest + contributions.row.sum(0)))
    assert float(prior.column.sum() + prior.rest) == pytest.approx(float(prior.alone))
    assert float(((prior.logit - prior.rest) / rows).sum() + prior.rest) == pytest.approx(float(prior.alone))


def test_the_logits_are_those_of_the_fields_own_regression() -> None:
    """Use one fault, so that a plain logistic regression on the same terms is the whole model."""
    faulty = np.minimum(FAULT, 1)
    evidence = column_evidence.fit(TABLES, faulty, 1.0)
    terms = np.stack([naive(one, evidence) for one in TABLES])
    known = (terms - terms[faulty == 0].mean(0)) / terms.std(0)
    rival = LogisticRegression(C=1.0, max_iter=300).fit(known, faulty)
    logits = [float((contributions.rest + contributions.row.sum(0))[0]) for contributions in map(evidence.of_values, TABLES)]
    np.testing.assert_allclose(logits, rival.decision_function(known), atol=1e-4)


def naive(value: np.ndarray, evidence: ColumnEvidence) -> np.ndarray:
    changes = (value[1:] - value[:-1]) / evidence.pace
    squares = [(value**2).mean(0), (changes**2).mean(0), ((value @ evidence.apart) ** 2).mean(0)]
    return np.concatenate([value.mean(0), *(np.log1p(10.0 * one) for one in squares)])


def test_what_the_others_say_is_the_regression_on_them() -> None:
    value = np.concatenate([one for one, fault in zip(TABLES, FAULT.tolist(), strict=True) if fault == 0])
    others = np.linalg.solve(value[:, :2].T @ value[:, :2] + 0.05 * len(value) * np.eye(2), value[:, :2].T @ value[:, 2])
    left = value[:, 2] - value[:, :2] @ others
    np.testing.assert_allclose(value @ fitted().apart[:, 2], left / np.sqrt((left**2).mean()), atol=1e-9)


def test_it_survives_its_columns() -> None:
    evidence = fitted()
    packed = column_evidence.pack(evidence)
    for name, column in column_evidence.pack(column_evidence.unpack(packed)).items():
        np.testing.assert_array_equal(column, packed[name])


def test_damaged_columns_are_refused() -> None:
    whole = column_evidence.pack(fitted())
    for damaged in (
        {name: column for name, column in whole.items() if name != "weight"},
        whole | {"more": np.zeros(1)},
        whole | {"weight": whole["weight"][:, 1:]},
        whole | {"apart": whole["apart"][1:]},
        whole | {"pace": -whole["pace"]},
        whole | {"usual": np.full_like(whole["usual"], np.nan)},
        whole | {"intercept": np.zeros(0), "weight": whole["weight"][:0]},
    ):
        with pytest.raises(WeightsError):
            column_evidence.unpack(damaged)
    with pytest.raises(WeightsError):
        replace(fitted(), spread=np.zeros((4, 3)))
