"""Which kinds lead to which, as table and sentences, in both languages."""

from __future__ import annotations

from datetime import date

from dashboard.features.monitor.views import leads as views
from dashboard.service.decide.leads import Leads, LeadsCandidates, LeadsScope
from dashboard.texts import Texts, literal
from sparsemix.graph.counts import LogCounts, counts_of
from sparsemix.graph.leads import LeadsGraph, leads
from tests.support.dashboard.traces import head, sequence, trace

EN, JA = Texts("en"), Texts("ja")
HOSTILE = "<b>pump</b> 7 & <script>"


def counts(weights: str = "0" * 64) -> LogCounts:
    texts = ["pump on", HOSTILE, "温度が上昇しました。冷却水を確認してください。弁を開けます", "pump on", HOSTILE]
    pairs = {(1, 0): 0.5, (4, 3): 0.5, (2, 1): 0.5, (3, 2): 0.5}
    return counts_of(sequence(texts), trace(head(5, pairs)), weights, "d")


def graph() -> LeadsGraph:
    return leads([counts()], 9)


def test_the_table_names_both_kinds() -> None:
    table, one = views.table(graph()), graph()
    assert table["later"].tolist() == [one.kinds[edge.later].text for edge in one.edges]
    assert table.columns.tolist() == ["earlier", "later", *views.NUMBERS]
    assert table["share"].max() == 1.0 and table["decisions"].tolist() == [1] * 3
    assert table["lag_seconds"].tolist() == [1.0] * 3
    untimed = counts_of(sequence(["a", "b"], start=None), trace(head(2, {(1, 0): 1.0})), "0" * 64)
    assert views.table(leads([untimed], 9))["lag_seconds"].isna().all()


def test_sentences_say_both_kinds_and_the_opposite_where_there_is_one() -> None:
    one = graph()
    for t in (EN, JA):
        for edge in one.edges:
            said = views.sentence(one, edge, t)
            assert literal(one.kinds[edge.later].text) in said and literal(one.kinds[edge.earlier].text) in said
    both = leads([counts_of(sequence(["a", "b", "a"]), trace(head(3, {(1, 0): 1.0, (2, 1): 1.0})), "0" * 64)], 9)
    assert "The other way round" not in views.sentence(one, one.edges[0], EN)
    assert EN("leads.edge_reverse", n=1) in views.sentence(both, both.edges[0], EN)


def test_the_basis_says_what_was_left_out() -> None:
    chosen = LeadsCandidates(LeadsScope(), (), blind=2, repeated=3, older=4)
    said = views.basis(Leads(chosen, leads([counts(), counts("1" * 64)], 1), (), gone=5), EN)
    for words in (
        "Decisions: 2, lines: 10",
        "the strongest 1 of 3",
        "Models that decided: 2",
        "of another model: 10.",
        ": 4 (",
    ):
        assert words in said
    nothing = Leads(LeadsCandidates(LeadsScope(), (), 0, 0, 0), graph(), (), 0)
    assert "Left out" not in views.basis(nothing, EN)


def test_days_are_whole() -> None:
    scope = views.scope("line4", date(2026, 3, 1), date(2026, 3, 2))
    assert scope == LeadsScope("line4", "2026-03-01T00:00:00.000Z", "2026-03-03T00:00:00.000Z")
    assert views.scope(None, None, None) == LeadsScope()
