"""Which kinds of pairs are usual: grouped as by brute force, over the decisions that one may see and that can be read."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.service.decide import usual_pairs
from dashboard.service.decide.pipeline import load
from dashboard.service.decide.usual_pairs import candidates, pair_tables, strongest_pairs, usual
from sparsemix import RunCancelled, SelectionTrace, TraceError
from sparsemix.encoding.sequence import template
from sparsemix.model.template_pairs import template_pairs
from tests.support.audit.forging import edit
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import head, sequence, trace

WEIGHTS = "0" * 64
N = 6
MESSAGES = ["pump 1 on", "pump 22 on", "valve open", "温度が25度", "=1+1", ""]


def rows(table):
    return {
        (row["query"], row["key"]): (row["count"], pytest.approx(row["weight"], abs=1e-6), row["share"])
        for row in table.to_pylist()
    }


def brute(events, selection):
    found = defaultdict(lambda: [0, 0.0])
    for _, _, one in selection:
        for query, key, weight in zip(one.query_index, one.key_index, one.weight, strict=True):
            if query != key:
                kind = found[template(events[query]), template(events[key])]
                kind[0], kind[1] = kind[0] + 1, kind[1] + float(weight)
    return found


weighted = st.dictionaries(
    st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)), st.floats(2**-7, 1.0, width=32), max_size=12
)


@given(st.lists(st.sampled_from(MESSAGES), min_size=N, max_size=N), st.lists(weighted, min_size=1, max_size=3))
def test_pairs_are_grouped_as_one_by_one(events, heads):
    selection = SelectionTrace(tuple((head(N, pairs),) for pairs in heads))
    table = template_pairs(sequence(events), selection)
    expected = brute(events, selection)
    total = sum(weight for _, weight in expected.values())
    assert rows(table).keys() == expected.keys() and table.num_rows == len(expected)
    for kind, (count, weight, share) in rows(table).items():
        assert (count, weight) == (expected[kind][0], expected[kind][1])
        assert share == pytest.approx(expected[kind][1] / total)
    assert table["weight"].to_pylist() == sorted(table["weight"].to_pylist(), reverse=True)


def test_numbers_and_identifiers_make_no_kinds_and_own_pairs_do_not_count():
    table = template_pairs(sequence(MESSAGES), trace(head(N, {(2, 0): 0.5, (2, 1): 0.25, (3, 3): 1.0})))
    assert table.drop_columns(["share"]).to_pylist() == [
        {"query": "valve open", "key": "pump <*> on", "count": 2, "weight": 0.75}
    ]
    nothing = template_pairs(sequence(MESSAGES), trace(head(N, {(3, 3): 1.0})))
    assert nothing.num_rows == 0 and nothing.column_names == ["query", "key", "count", "weight", "share"]


def test_a_foreign_trace_is_refused():
    with pytest.raises(TraceError):
        template_pairs(sequence(["a", "b"]), trace(head(3, {})))


def lines(number, texts=("pump 1 on", "valve open", "door shut")):
    """Return a log with the same kinds of pairs and different events."""
    return [f"2026-03-02T10:{number:02d}:{i:02d}Z INFO {text} run {number}" for i, text in enumerate(texts)]


def made(store, number, pairs=None, **fields):
    return record_made(store, lines(number), trace(head(3, pairs or {(1, 0): 0.75, (2, 0): 0.25})), **fields)


def damage(path, *hashes):
    emptied = "UPDATE blobs SET data = zeroblob(length(data)) WHERE sha256"
    edit(str(path), *(f"{emptied} = '{sha256}'" for sha256 in hashes))


def test_every_decision_counts_by_shares(store, access):
    first = made(store, 1)
    second = made(store, 2, {(1, 0): 0.5, (2, 2): 0.5}, label="normal")
    found = usual(access, weights=WEIGHTS)
    assert found.ids == (second, first) and found.faulty.tolist() == [False, True]
    query, key = found.texts(found.kind)
    assert sorted(zip(found.decision.tolist(), query, key, found.count.tolist(), found.share.tolist(), strict=True)) == [
        (0, "INFO valve open run <*>", "INFO pump <*> on run <*>", 1, pytest.approx(1.0)),
        (1, "INFO door shut run <*>", "INFO pump <*> on run <*>", 1, pytest.approx(0.25)),
        (1, "INFO valve open run <*>", "INFO pump <*> on run <*>", 1, pytest.approx(0.75)),
    ]
    own = load(access, first)
    places = found.places(template_pairs(own.sequence, own.trace))
    assert places.tolist() == found.kind[found.decision == 1].tolist()
    strange = template_pairs(sequence(["pump 1 on", "x"]), trace(head(2, {(1, 0): 1.0})))
    assert found.places(strange).tolist() == [-1]


def test_nothing_recorded_gives_nothing(access):
    found = usual(access, weights=WEIGHTS)
    assert found.ids == () and len(found.kinds) == 0 and found.share.dtype == np.float64


def test_what_says_nothing_is_left_out_and_counted(store, access):
    made(store, 1)
    again = made(store, 1)
    made(store, 2, blind=True)
    made(store, 3, weights="1" * 64)
    old = made(store, 4)
    for number in (5, 6, 6):
        made(store, number, warnings=("gzip", "unfamiliar_input"))
    found = candidates(access, weights=WEIGHTS)
    assert [decision.id for decision in found.chosen] == [old, again]
    assert found.left == 6
    assert len(found.visible) == 7
    assert [decision.id for decision in candidates(access, weights=WEIGHTS, limit=4).chosen] == [old]


def test_erased_decisions_are_gone_even_where_their_table_is_kept(store, access):
    ids = [made(store, number) for number in range(3)]
    tables = pair_tables()
    assert len(usual(access, weights=WEIGHTS, tables=tables).ids) == 3
    access.admin.erase(ids[0], "asked for", early=True)
    found = usual(access, weights=WEIGHTS, tables=tables)
    assert ids[0] not in found.ids and found.gone == 0

    def meanwhile(_share, stage):
        if stage.startswith("usual 1/"):
            access.admin.erase(ids[1], "asked for", early=True)

    found = usual(access, weights=WEIGHTS, tables=tables, progress=meanwhile)
    assert found.ids == (ids[2],) and found.gone == 1 and not found.unreadable


def test_unreadable_decisions_are_left_out_and_named(store, access, tmp_path):
    ids = [made(store, number, {(1, 0): 0.75, (2, 0): 0.1 + 0.1 * number}) for number in range(4)]
    decisions = [access.decision(id) for id in ids]
    damage(tmp_path / "audit.db", decisions[0].selections[0].sha256, decisions[2].input_sha256)
    edit(str(tmp_path / "audit.db"), f"DELETE FROM blobs WHERE sha256 = '{decisions[3].input_sha256}'")  # noqa: S608
    found = usual(access, weights=WEIGHTS)
    assert found.ids == (ids[1],) and found.unreadable == (ids[3], ids[2], ids[0])


def test_a_selection_of_other_events_is_unreadable(store, access):
    good, bad = made(store, 1), record_made(store, lines(2), trace(head(5, {(1, 0): 1.0})))
    found = usual(access, weights=WEIGHTS)
    assert found.ids == (good,) and found.unreadable == (bad,)


def test_it_says_how_far_it_is_and_stops_when_told(store, access):
    for number in range(4):
        made(store, number)
    said = []
    usual(access, weights=WEIGHTS, progress=lambda share, stage: said.append((share, stage)))
    assert said == [(i / 4, f"usual {i + 1}/4") for i in range(4)]

    def stop(share, _stage):
        if share:
            raise RunCancelled("stopped on request")

    with pytest.raises(RunCancelled):
        usual(access, weights=WEIGHTS, progress=stop)


def test_tables_are_read_once(store, access, monkeypatch):
    made(store, 1)
    tables = pair_tables()
    first = usual(access, weights=WEIGHTS, tables=tables)
    monkeypatch.setattr(usual_pairs, "load_evidence", lambda *_: pytest.fail("read again"))
    assert usual(access, weights=WEIGHTS, tables=tables).share.tolist() == first.share.tolist()
    decision = first.candidates.chosen[0]
    assert strongest_pairs(tables, decision, lambda: pytest.fail("read again")).num_rows == 2


def test_of_very_many_kinds_the_strongest_are_kept(store, access, monkeypatch):
    made(store, 1)
    monkeypatch.setattr(usual_pairs, "MOST_KINDS", 1)
    monkeypatch.setattr("dashboard.service.decide.usual_pairs.MOST_KINDS", 1)
    found = usual(access, weights=WEIGHTS)
    assert found.cut == 1 and found.share.tolist() == [pytest.approx(0.75)]
    assert len(found.templates) == 2
