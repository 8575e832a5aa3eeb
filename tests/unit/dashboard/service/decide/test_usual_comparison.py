"""Normal beside faulty, and one decision beside all others: as by brute force, and as it is told."""

import csv
import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dashboard.service.decide.usual_comparison import FACTOR, MIN_OTHERS, How, contrast, differs
from dashboard.service.decide.usual_pairs import Usual, UsualCandidates
from dashboard.texts import Texts
from dashboard.views import usual as view
from dashboard.views.files import to_csv


def usual_of(shares, faulty=None, first="kind"):
    """Decisions with these shares [D, K], kind k from the templates "first k" and "cause"."""
    shares = np.asarray(shares, float)
    count, size = shares.shape
    templates = (*(f"{first} {k}" for k in range(size)), "cause")
    decision, kind = np.nonzero(shares)
    return Usual(
        candidates=UsualCandidates("w", (), frozenset(), 0),
        ids=tuple(f"id{d}" for d in range(count)),
        events_sha256=tuple(f"events{d}" for d in range(count)),
        faulty=np.array(faulty if faulty is not None else [False] * count, bool),
        templates=templates,
        kinds=np.arange(size) * len(templates) + size,
        decision=decision.astype(np.int32),
        kind=kind.astype(np.int32),
        count=np.ones(len(kind), np.int64),
        share=shares[decision, kind],
        unreadable=(),
        gone=0,
        cut=0,
    )


def table_of(shares, first="kind"):
    rows = [(f"{first} {k}", share) for k, share in enumerate(shares) if share]
    return pa.table(
        {
            "query": pa.array([text for text, _ in rows], pa.string()).dictionary_encode(),
            "key": pa.array(["cause"] * len(rows), pa.string()).dictionary_encode(),
            "count": pa.array([1] * len(rows), pa.int64()),
            "weight": pa.array([share for _, share in rows], pa.float64()),
            "share": pa.array([share for _, share in rows], pa.float64()),
        }
    )


def how_of(mine, others):
    """Of one kind, by the words of ``differs``."""
    n = len(others)
    if mine > 0 and not any(others):
        return How.NEW
    if n < MIN_OTHERS or not any(others):
        return None
    most = max(0, int(0.05 * (n + 1) + 1e-9) - 1)
    if mine > 0 and sum(x >= mine for x in others) <= most and mine >= FACTOR * sum(others) / n:
        return How.MORE
    if sum(x <= mine for x in others) <= most and mine * FACTOR <= sum(others) / n:
        return How.LESS
    return None


def all_of(mine, others):
    return {k: how for k in range(len(mine)) if (how := how_of(mine[k], others[:, k]))}


def drawn(seed, n, size):
    """Shares [n, size] of few levels, some kinds nearly always the same but in the first: eighths add up without rounding."""
    rng, levels = np.random.default_rng(seed), [0.0, 0.125, 0.25, 0.5, 1.0]
    likely = rng.dirichlet([0.1] * len(levels), size)
    shares = np.stack([rng.choice(levels, n, p=p) for p in likely], axis=1)
    shares[0] = rng.choice(levels, size)
    return shares


@given(st.integers(0, 2**32 - 1), st.one_of(st.integers(1, 12), st.integers(37, 42)))
def test_one_decision_differs_as_counted_one_by_one(seed, n):
    shares = drawn(seed, n + 1, 12)
    mine, others = shares[0], shares[1:]
    found = differs(usual_of(shares), table_of(mine), "events0")
    told = {int(row.query.split()[1]): How(row.how) for row in found.table.itertuples()}
    assert told == all_of(mine, others)
    assert found.others == n
    for row in found.table.itertuples():
        k = int(row.query.split()[1])
        assert (row.share, row.usual, row.decisions) == (mine[k], pytest.approx(others[:, k].mean()), (others[:, k] > 0).sum())
    each = [all_of(shares[d], np.delete(shares, d, axis=0)).values() for d in range(1, n + 1)]
    for how in How:
        assert found.ordinary[how] == np.median([list(one).count(how) for one in each])


def test_one_that_was_not_read_with_the_others_is_compared_with_all_of_them():
    found = differs(usual_of([[0.5, 0.5], [0.25, 0.75]]), table_of([0.5, 0.25, 0.25]), "elsewhere")
    assert found.others == 2 and found.new_share == 0.25
    assert found.table[["query", "key", "how", "count", "decisions"]].values.tolist() == [["kind 2", "cause", "new", 1, 0]]
    assert np.isnan(found.table.factor[0])


def test_it_can_be_compared_with_normal_decisions_only():
    made = usual_of([[1, 0], [1, 0], [0, 1]], [False, False, True])
    assert differs(made, table_of([0, 1]), "elsewhere").count(How.NEW) == 0
    assert differs(made, table_of([0, 1]), "elsewhere", faulty=False).count(How.NEW) == 1
    with pytest.raises(ValueError, match="no other decision"):
        differs(made, table_of([0, 1]), "events2", faulty=True)


def test_a_decision_without_pairs_lacks_what_all_others_have():
    found = differs(usual_of([[0.5, 0.5]] * 10), table_of([]), "elsewhere")
    assert found.table.how.tolist() == ["less", "less"] and found.table.share.tolist() == [0, 0]


@given(arrays(float, (9, 4), elements=st.floats(0.01, 1).map(lambda x: round(x, 3)) | st.just(0.0)))
def test_normal_and_faulty_have_their_means(shares):
    faulty = np.arange(9) % 2 == 1
    table = contrast(usual_of(shares, faulty)).set_index("query").loc[[f"kind {k}" for k in range(4)]]
    for k, row in enumerate(table.itertuples()):
        normal, other = shares[~faulty, k], shares[faulty, k]
        assert (row.normal, row.faulty) == (pytest.approx(normal.mean()), pytest.approx(other.mean()))
        assert (row.normal_in, row.faulty_in, row.count) == ((normal > 0).sum(), (other > 0).sum(), (shares[:, k] > 0).sum())
        assert row.share == pytest.approx(shares[:, k].mean())
        assert row.difference == pytest.approx(other.mean() - normal.mean(), abs=1e-12)


def test_what_only_faulty_decisions_have_stands_out():
    rng = np.random.default_rng(0)
    shares = rng.uniform(0.1, 0.3, (20, 5))
    faulty = np.arange(20) >= 10
    shares[~faulty, 4] = 0
    table = contrast(usual_of(shares, faulty))
    assert table["query"][table.clear].tolist() == ["kind 4"] and table.difference[table.clear].item() > 0
    few = contrast(usual_of(shares[8:12], faulty[8:12]))
    assert not few.clear.any() and few.difference.notna().all()
    alone, same = contrast(usual_of(shares)), contrast(usual_of([[1.0]] * 8, [False, True] * 4))
    assert alone.difference.isna().all() and not alone.clear.any() and not same.clear.any()


def test_sentences_say_it_in_both_languages():
    others = [[0.5, 0.5, 0]] * 41
    found = differs(usual_of(others), table_of([0.2, 0, 0.8]), "elsewhere")
    said = view.sentence(found, Texts("en"))
    assert "that none of the 41 others has: 1, with 80.0%" in said
    assert "0 kinds have much more weight than usual, 2 much less" in said
    assert "かなり小さいものが 2 種類" in view.sentence(found, Texts("ja"))
    assert "0 new, 0 much more, 0 much less" in view.measure(found, Texts("en"))
    few = differs(usual_of(others[:3]), table_of([0.5, 0.5]), "elsewhere")
    assert "others has: 0, with 0.0%" in view.sentence(few, Texts("en"))
    assert "from 9 other decisions on" in view.measure(few, Texts("en"))


def test_tables_show_percent_and_files_hold_no_formulas():
    table = contrast(usual_of([[0.25, 0.75], [0.5, 0.5]], [False, True], first="=cmd()"))
    assert view.in_percent(table)["normal"].tolist() == [75, 25] and table["normal"].tolist() == [0.75, 0.25]
    read = list(csv.DictReader(io.StringIO(to_csv(table).decode("utf-8-sig"))))
    assert [row["query"] for row in read] == ["'=cmd() 1", "'=cmd() 0"] and read[0]["normal"] == "0.75"
