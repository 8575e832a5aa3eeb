"""Lines whose kinds people named fine are not named again; label, score and selection stay those of the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import Access, AuditStore, NotFound
from audit.export.export import export_bundle
from audit.export.verify_bundle import verify
from dashboard.service.decide.kinds import signature
from dashboard.service.decide.marks import LineKind, flagged_kinds, name_fine
from dashboard.service.decide.pipeline import LoadedDecision, analyse, load
from dashboard.service.decide.replay import replay_bits
from dashboard.texts import Texts
from dashboard.views import verdict
from sparsemix import SparseMixModel
from tests.support.dashboard.fixtures import UNKNOWN

EN = Texts("en")


def decided(store: AuditStore, access: Access, model: SparseMixModel, **options: object) -> LoadedDecision:
    return load(store, analyse(UNKNOWN, "sshd.log", model=model, access=access, **options))  # type: ignore[arg-type]


def kind_with(loaded: LoadedDecision, word: str) -> LineKind:
    (found,) = [kind for kind in flagged_kinds(loaded.summary.decision, loaded.sequence) if word in kind.example]
    return found


@pytest.mark.usefixtures("any_log")
def test_lines_of_kinds_named_fine_are_left_out_and_counted(store: AuditStore, access: Access, model: SparseMixModel) -> None:
    before = decided(store, access, model)
    assert before.summary.decision.details["flagged_count"] == 60
    assert "fine" not in before.summary.decision.details
    kinds = flagged_kinds(before.summary.decision, before.sequence)
    assert sorted(kind.count for kind in kinds) == [1, 15, 44]
    entry = name_fine(access, before.summary.decision, [kind_with(before, "Invalid user")], " a scanner ")
    assert access.marks.of("sshd")[0].why == "a scanner"
    after = decided(store, access, model)
    details = after.summary.decision.details
    assert details["fine"] == {"left_out": 15, "entries": [entry.seq]}
    assert details["flagged_count"] == 45
    for name in ("flagged", "highest"):
        assert all("Invalid" not in after.sequence.events[event].text for event, *_ in details[name])
    assert len(details["highest"]) == 5
    said = verdict.fine_lines(after.summary.decision, EN)
    assert said is not None and said.startswith("15 more lines are of kinds that people named fine")
    for one in (before.summary.decision, after.summary.decision):
        assert replay_bits(store, one.id).identical
    same = ("label", "score", "selections", "weights_sha256", "gate")
    assert all(getattr(before.summary.decision, name) == getattr(after.summary.decision, name) for name in same)


@pytest.mark.usefixtures("any_log")
def test_when_all_lines_are_fine_the_verdict_says_so(store: AuditStore, access: Access, model: SparseMixModel) -> None:
    before = decided(store, access, model)
    assert before.summary.decision.details["incidents"]
    name_fine(access, before.summary.decision, flagged_kinds(before.summary.decision, before.sequence), "")
    decision = decided(store, access, model).summary.decision
    assert decision.details["flagged"] == decision.details["highest"] == []
    assert "All lines that stand out among 60 events" in verdict.headline(decision, EN)
    assert "問題なし" in verdict.headline(decision, Texts("ja"))
    assert decision.details["incidents"] == []
    access.marks.take_back("sshd")
    assert decided(store, access, model).summary.decision.details["flagged_count"] == 60


@pytest.mark.usefixtures("any_log")
def test_other_sources_and_other_weights_leave_nothing_out(store: AuditStore, access: Access, model: SparseMixModel) -> None:
    loaded = decided(store, access, model)
    name_fine(access, loaded.summary.decision, flagged_kinds(loaded.summary.decision, loaded.sequence), "")
    assert "fine" not in decided(store, access, model, source="other").summary.decision.details
    unfamiliar = decided(store, access, model, fall_back=False).summary.decision
    assert "fine" not in unfamiliar.details
    assert unfamiliar.details["task"] != "of_file"
    assert "unfamiliar_input" in unfamiliar.warnings
    assert unfamiliar.weights_sha256 == model.weights_sha256


@pytest.mark.usefixtures("any_log")
def test_such_a_decision_is_verified_exported_and_erased(
    store: AuditStore, access: Access, model: SparseMixModel, tmp_path: Path
) -> None:
    loaded = decided(store, access, model)
    first = loaded.summary.decision
    name_fine(access, first, [kind_with(loaded, "Invalid user")], "")
    second = decided(store, access, model).summary.decision
    access.admin.erase(first.id, "asked for", early=True)
    assert access.marks.of("sshd") == []
    assert access.blob(second.input_sha256) == UNKNOWN
    assert replay_bits(store, second.id).identical
    access.admin.erase(second.id, "asked for", early=True)
    with pytest.raises(NotFound):
        access.blob(second.input_sha256)
    assert store.verify().ok
    export_bundle(access, tmp_path / "key.pem", tmp_path / "bundle.zip")
    assert verify(tmp_path / "bundle.zip").ok


def test_a_kind_of_line_is_its_text_without_what_changes() -> None:
    assert signature("port 22 from 10.0.0.7") == signature("port 4711  from 10.0.0.12")
    assert signature("port 22") != signature("port 22", "port 22")
    assert signature("\ud800") != signature("\ud801")
