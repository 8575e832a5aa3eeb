"""Words and tables for decisions, files and the log."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from audit import (
    Access,
    Gate,
    Judgement,
    PairReview,
    PairVerdict,
    QueueState,
    Verdict,
    VerificationReport,
    open_store,
    utc_now,
)
from dashboard.service.decide.pipeline import LoadedDecision, analyse, load
from dashboard.service.decide.replay import LayerDifference, Replay
from dashboard.service.reading.reader import preview
from dashboard.texts import Texts
from dashboard.views import decisions, reading, record, verdict
from dashboard.views.times import whole_duration
from sparsemix import InputError, SparseMixModel
from sparsemix.judges import AnyLog
from sparsemix.readers import ReadOptions
from tests.support.dashboard.fixtures import LOG

EN, JA = Texts("en"), Texts("ja")


@pytest.fixture(scope="module")
def loaded(model: SparseMixModel, tmp_path_factory: pytest.TempPathFactory) -> LoadedDecision:
    store = open_store(tmp_path_factory.mktemp("record") / "audit.db")
    return load(store, analyse(LOG, "line.log", model=model, access=store.single_user("Sato")))


@pytest.mark.parametrize(
    ("pair", "english", "japanese"),
    [
        (
            PairReview(0, 1, 5, 2, PairVerdict.SPURIOUS),
            "Spurious: effect line 6 ← cause line 3",
            "無関係：結果 6 行目 ← 原因 3 行目",
        ),
        (
            PairReview(None, None, 5, 99, PairVerdict.MISSING),
            "Missing: effect line 6 ← cause line ?",
            "不足：結果 6 行目 ← 原因 ? 行目",
        ),
    ],
)
def test_opinion_on_a_pair(loaded: LoadedDecision, pair: PairReview, english: str, japanese: str) -> None:
    assert verdict.opinion_text(pair, loaded, EN) == english
    assert verdict.opinion_text(pair, loaded, JA) == japanese


@pytest.mark.parametrize(
    ("seconds", "english", "japanese"),
    [
        (0.2, "0 s", "0 秒"),
        (59.6, "1 min", "1 分"),
        (185, "3 min 5 s", "3 分 5 秒"),
        (7260, "2 h 1 min", "2 時間 1 分"),
        (90000, "1 d 1 h", "1 日 1 時間"),
    ],
)
def test_duration(seconds: float, english: str, japanese: str) -> None:
    assert whole_duration(seconds, EN) == english
    assert whole_duration(seconds, JA) == japanese


def test_time_span() -> None:
    assert reading.time_span((0, 61), EN) == "1970-01-01 00:00:00 – 1970-01-01 00:01:01 UTC"
    assert reading.time_span(None, EN) == "no times found"
    assert reading.time_span((0, 1e20), EN).endswith(" s")


def test_unknown_codes_still_say_something() -> None:
    assert "future" in reading.notes(("future_note",), EN)[0]
    assert reading.skip_reason("future", EN) == "future"
    assert "cannot be used" in reading.input_message(InputError("x", code="future"), EN)
    assert reading.input_message(InputError("x", code="future", file="a*b.csv"), EN).startswith(r"a\*b\.csv: ")


def test_preview_reads_or_gives_the_error() -> None:
    assert preview(b"", "x", ReadOptions()).error is not None
    found = preview(b"a,b\n1,2\n3,4\n5\n", "x.csv", ReadOptions()).sequence
    assert found is not None
    assert reading.skipped(found, EN)["Line"].tolist() == [4]
    assert reading.skipped_by_reason(found.skipped_counts, EN) == ["Lines skipped: 1 (other number of cells than the header)"]


def test_what_a_decision_is_tied_to_says_where_its_file_is_from_and_how_it_was_read(loaded: LoadedDecision) -> None:
    facts = dict(record.identity_table(loaded.summary, EN).itertuples(index=False))
    assert facts["Source"] == "line"
    assert facts["How the file was read"] == "encoding=utf-8, rules=4, time_zone=UTC"
    told = {"rules": 2, "columns": {"time": "日時", "label": "", "ignore": ["a", "b"]}}
    tied = replace(loaded.summary, decision=replace(loaded.summary.decision, details={"reading": told}))
    assert "rules=2, ignore=a+b, time=日時" in record.identity_table(tied, JA).iloc[:, 1].tolist()
    assert (
        "probability from 0." in loaded.summary.decision.policy
        and "確率 0." in record.identity_table(loaded.summary, JA).to_string()
    )
    former = replace(loaded.summary, decision=replace(loaded.summary.decision, policy="risk-policy-1: held"))
    assert "risk-policy-1: held" in record.identity_table(former, JA).iloc[:, 1].tolist()
    older = replace(loaded.summary, decision=replace(loaded.summary.decision, details={}))
    assert dict(record.identity_table(older, EN).itertuples(index=False))["How the file was read"] == "–"


def test_headlines(loaded: LoadedDecision) -> None:
    fault = replace(loaded.summary.decision, label="fault", details={"flagged_count": 3})
    assert verdict.headline(fault, EN) == "Fault: 3 of 24 events look faulty"
    told = replace(fault, details={**fault.details, "fault": ["valve *stuck*", 0.93]})
    assert verdict.headline(told, EN).startswith("Fault: 3 of 24 events look faulty – most likely valve ")
    assert "93%" in verdict.headline(told, EN) and "93%" in verdict.headline(told, JA)
    assert "*stuck*" not in verdict.headline(told, EN).replace("\\*", ""), "what a label says is no Markdown"
    assert "valve" not in verdict.headline(replace(told, label="normal"), EN)
    unlike = replace(fault, details={**fault.details, "unlike": [0.03, 7.46, 11.5]})
    assert verdict.headline(unlike, EN).startswith("Unfamiliar log")
    assert "0.03 keys a line, in training 7.46 to 11.50" in verdict.why_unfamiliar(unlike, EN)
    assert "words" in verdict.why_unfamiliar(fault, EN)
    whole = verdict.headline(replace(fault, details={**fault.details, "located": False}), EN)
    assert whole.startswith("Fault, judged from all 24 events together") and "3 of" not in whole
    assert verdict.headline(replace(fault, label="normal"), EN).startswith("Normal, although 3")
    assert verdict.headline(replace(fault, label="normal", details={"flagged_count": 0}), JA).startswith("正常")
    assert verdict.label(replace(fault, label="other"), EN) == "other"


def test_suspects_fall_back_to_the_most_probable(loaded: LoadedDecision) -> None:
    calm = replace(loaded.summary.decision, details={"flagged": [], "highest": [[3, 4, 0.2], [1, 2, 0.1]]})
    assert [event.line for event in verdict.suspects(calm)] == [4, 2]
    assert verdict.suspects(replace(calm, details={})) == []


def test_suspects_of_a_log_judged_by_itself_begin_with_one_of_every_place(loaded: LoadedDecision) -> None:
    flagged = [[100, 101, 0.99], [101, 102, 0.98], [103, 104, 0.97], [400, 401, 0.6]]
    decision = replace(loaded.summary.decision, details={"flagged": flagged, "task": AnyLog.name})
    assert [event.line for event in verdict.suspects(decision)] == [101, 401, 102, 104]
    assert [event.line for event in verdict.suspects(decision, 2)] == [101, 401]
    assert [event.line for event in verdict.suspects(replace(decision, details={"flagged": flagged}))] == [101, 102, 104, 401]


def test_carrying_pairs_leave_out_pairs_with_itself_and_repeats(loaded: LoadedDecision) -> None:
    events = verdict.suspects(loaded.summary.decision, 5)
    pairs = verdict.carrying_pairs(loaded, events, 2)
    assert (pairs["query"] != pairs["key"]).all()
    assert not pairs.duplicated(["query", "key"]).any()
    assert pairs.groupby("query").size().max() <= 2
    assert verdict.carrying_pairs(loaded, [], 2).empty


def test_event_table_pairs_each_event_with_what_carried_it(loaded: LoadedDecision) -> None:
    table = verdict.event_table(loaded, EN)
    events = verdict.suspects(loaded.summary.decision)
    assert table["Line"].tolist() == [event.line for event in events]
    assert table["Probability"].between(0, 100).all()
    assert len(verdict.event_table(loaded, JA)) == len(table)


def test_where_the_normal_course_was_learned_the_table_shows_what_came_after_the_line(loaded: LoadedDecision) -> None:
    decision = loaded.summary.decision
    unusual = replace(decision, details=decision.details | {"task": "novelty"})
    table = verdict.event_table(replace(loaded, summary=replace(loaded.summary, decision=unusual)), EN)
    events, first = loaded.sequence.events, verdict.suspects(decision)[0].index
    after = [verdict.one_line(event.message) for event in events[first : first + 2]]
    assert table["Event"][0] == " → ".join(after)
    assert verdict.event_table(loaded, EN)["Event"][0] == after[0]


def test_long_and_broken_lines_are_cut_for_tables() -> None:
    assert verdict.one_line("a\nb") == "a ⏎ b"
    assert len(verdict.one_line("x" * 9999)) == 401


def test_queue_is_in_the_order_of_claims_and_what_is_done_newest_first(access: Access, model: SparseMixModel) -> None:
    ids = [analyse(LOG + b"x\n" * i, f"{i}.log", model=model, access=access) for i in range(3)]
    assert [s.decision.id for s in decisions.queue(access, QueueState.OPEN)] == ids
    assert [s.decision.id for s in decisions.recent(access, 2)] == [ids[2], ids[1]]
    assert len(decisions.table(decisions.recent(access, 9), JA)) == 3
    table = decisions.queue_table(decisions.queue(access, QueueState.OPEN), utc_now(), EN)
    assert table["File"].tolist() == ["0.log", "1.log", "2.log"]
    assert table["Time (UTC)"].astype(str).tolist() == [verdict.moment(access.decision(id).started_at) for id in ids]
    for id in ids[:2]:
        claim = access.queue.claim_decision(id)
        access.queue.submit(claim, Judgement(Verdict.APPROVE, utc_now(), "0" * 64, access.case(id).entry_hash))
    assert [s.decision.id for s in decisions.queue(access, QueueState.SETTLED)] == [ids[1], ids[0]]


def test_due_dates_in_words(loaded: LoadedDecision) -> None:
    due = replace(loaded.summary, due_at="2026-03-01T12:00:00.000Z")
    assert decisions.due_text(due, "2026-03-01T09:30:00.000Z", EN) == "in 2 h"
    assert decisions.due_text(due, "2026-03-01T13:00:00.000Z", EN) == "overdue 1 h"
    assert decisions.due_text(replace(due, state=QueueState.SETTLED), "2026-03-01T13:00:00.000Z", EN) == ""


def test_blind_decisions_do_not_show_what_the_model_said(loaded: LoadedDecision) -> None:
    for summary in (loaded.summary, replace(loaded.summary, blind=True)):
        narrow, wide = decisions.queue_table([summary], utc_now(), EN), decisions.table([summary], EN)
        assert pd.notna(narrow["Probability"].iloc[0]) is pd.notna(wide.iloc[0, 4]) is (not summary.blind)
        queued = f"{summary.decision.sampling_route}, {summary.decision.inclusion_probability:g}"
        assert (queued in record.identity_table(summary, EN)["Value"].tolist()) is (not summary.blind)
        assert ("blind" in wide.to_string()) is summary.blind


@pytest.mark.parametrize(("size", "pages"), [(0, 1), (1, 1), (50, 1), (51, 2), (120, 3)])
def test_pages_of_the_log_cover_every_entry_once(access: Access, size: int, pages: int) -> None:
    for number in range(size):
        access.store.record_event("a", "note", str(number), {})
    assert record.page_count(size) == pages
    shown = [entry.seq for number in range(1, pages + 1) for entry in record.page(access, size, number)]
    assert shown == list(range(size, 0, -1))
    for seq in range(1, size + 1):
        assert seq in [entry.seq for entry in record.page(access, size, record.page_of(size, seq))]
    assert record.page_of(size, size + 1) == 1
    assert record.page_of(size, -5) == pages


def test_where_a_decision_stands_in_words(loaded: LoadedDecision) -> None:
    held = loaded.summary
    assert "until 1 person has approved" in verdict.state_text(held, EN)
    assert "until 2 people" in verdict.state_text(replace(held, decision=replace(held.decision, required_reviews=2)), EN)
    assert "dispute" in verdict.state_text(replace(held, state=QueueState.DISPUTED), EN)
    released = replace(held, gate=Gate.RELEASED)
    assert "not reviewed yet" in verdict.state_text(released, EN)
    assert "not drawn" in verdict.state_text(replace(released, state=QueueState.SETTLED), EN)


def test_verification_in_words() -> None:
    assert "Valid" in record.verification_text(VerificationReport(True, 3, "0" * 64, checked={}), EN)
    bad = VerificationReport(False, 2, "0" * 64, 3, "entry *3* <b>")
    assert "First bad entry: 3" in record.verification_text(bad, EN)
    assert "\\<b\\>" in record.verification_text(bad, JA)
    assert "as a whole" in record.verification_text(replace(bad, problem_seq=None), EN)


def test_replay_in_words() -> None:
    same, other = LayerDifference(0, True, 0, 0), LayerDifference(1, False, 3, 1)
    whole = Replay("0" * 32, "record", True, (same, replace(same, layer=1)), "fault", "fault", 0.5, 0.5, {})
    assert "Bit-identical" in record.replay_text(whole, EN)
    changed = replace(whole, layers=(same, other), score=0.6)
    text = record.replay_text(changed, EN)
    assert "Layer 2: 3 pairs only in the record, 1 only now" in text
    assert "Score 0.600000, recorded 0.500000" in text
    assert "Not comparable" in record.replay_text(replace(whole, same_weights=False), EN)
    assert record.surroundings_table(replace(whole, surroundings={"torch": ("1", "2")}), EN).iloc[0].tolist() == [
        "torch",
        "1",
        "2",
    ]
