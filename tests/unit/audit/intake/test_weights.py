"""Registered weights: entries of the log with their file, tampering with either is found, and nothing erases them."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audit import AuditStore, Conflict, InvalidRecord, NotFound, Role, Tampered, lineage
from audit.__main__ import main
from audit.export import bundle_lines, verify_bundle
from audit.export.export import export_bundle
from audit.log.private_keys import create_key
from audit.records.canonical import parse
from tests.support.audit.builders import SELECTION, UPLOAD, blobs_of, decision, sha
from tests.support.audit.fixtures import STORES, built, copy_of
from tests.support.audit.forging import edit, verdict
from tests.support.audit.team import add, give, join, record

FIRST, SECOND, UNUSED = b"weights of a model", b"weights, trained further", b"weights of nobody"
CARD = {"task": "novelty", "data_sha256": sha(b"lots"), "plan": {"steps": 4}, "loss": [1.5, 0.25]}
AT = {"first": 1, "second": 2, "use": 3, "retired": 4, "decision": 5}


def fill(store: AuditStore) -> None:
    """Write the entries of `AT`: two weights, the second started from the first, which is retired; a decision by the second."""
    register = store.single_user("Aiko").weights
    register.register(FIRST, "prototype", CARD)
    register.register(SECOND, "line 4", CARD | {"weights_sha256": sha(SECOND)}, started_from=sha(FIRST))
    register.use(sha(SECOND))
    register.retire(sha(FIRST), "the second is better")
    made = decision(weights_blob=sha(SECOND), weights_sha256=sha(SECOND))
    add(store, made, blobs_of())


@pytest.fixture(scope="module", params=STORES)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return built(request, tmp_path_factory, fill)


@pytest.fixture
def filled(made: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with copy_of(made, request, tmp_path) as copy:
        yield copy


def test_a_card_names_only_feedback_that_left_this_record(store: AuditStore, tmp_path: Path) -> None:
    lead = join(store, "lena", Role.LEAD)
    with pytest.raises(InvalidRecord, match="never taken out of this record"):
        lead.weights.register(FIRST, "from reviews", CARD | {"feedback_sha256": sha(b"elsewhere")})
    give(join(store, "rei", Role.REVIEWER), record(store))
    taken = lead.feedback.write(tmp_path / "feedback.zip")
    entry = lead.weights.register(FIRST, "from reviews", CARD | {"feedback_sha256": taken.sha256})
    assert entry.subject == sha(FIRST)
    assert store.verify().ok


def test_what_was_registered_comes_back_with_card_and_lineage(store: AuditStore) -> None:
    fill(store)
    first, second = store.weights()
    assert (first.sha256, first.name, first.card, first.started_from) == (sha(FIRST), "prototype", CARD, None)
    assert (second.started_from, second.seq, first.retired, second.retired) == (sha(FIRST), AT["second"], True, False)
    assert second.by == store.entries()[1].actor
    assert lineage(store.weights(), second.sha256) == [sha(SECOND), sha(FIRST)]
    assert store.blob(second.sha256) == SECOND
    assert parse(store.sealed(AT["second"]).payload)["card"]["weights_sha256"] == sha(SECOND)
    assert store.verify().ok


def test_a_circle_of_claims_ends(store: AuditStore) -> None:
    fill(store)
    first, second = store.weights()
    assert lineage([replace(first, started_from=sha(SECOND)), second], sha(SECOND)) == [sha(SECOND), sha(FIRST)]


def test_weights_that_nobody_registered_end_the_lineage(store: AuditStore) -> None:
    store.single_user("Aiko").weights.register(FIRST, "further", {}, started_from=sha(UNUSED))
    assert lineage(store.weights(), sha(FIRST)) == [sha(FIRST), sha(UNUSED)]


def test_what_is_in_use_is_the_last_word_and_can_be_taken_back(store: AuditStore) -> None:
    assert store.weights_in_use() is None
    fill(store)
    register = store.single_user("Aiko").weights
    current = store.weights_in_use()
    assert current is not None
    assert (current.sha256, current.seq) == (sha(SECOND), AT["use"])
    register.use(None)
    back = store.weights_in_use()
    assert back is not None
    assert back.sha256 is None
    assert [one.sha256 for one in register.uses()] == [sha(SECOND), None]


def test_retired_weights_are_not_used_and_used_ones_not_retired(store: AuditStore) -> None:
    fill(store)
    register = store.single_user("Aiko").weights
    with pytest.raises(Conflict, match="retired"):
        register.use(sha(FIRST))
    with pytest.raises(Conflict, match="in use"):
        register.retire(sha(SECOND), "no reason")
    with pytest.raises(Conflict, match="already"):
        register.retire(sha(FIRST), "once more")
    register.retire(sha(FIRST), "needed after all", retired=False)
    register.use(sha(FIRST))
    assert not store.weights()[0].retired
    for unknown in (sha(UNUSED), "", "\x00"):
        with pytest.raises(NotFound):
            register.use(unknown)
    assert store.verify().ok


def test_weights_are_registered_once_and_with_their_own_card(store: AuditStore) -> None:
    fill(store)
    register, before = store.single_user("Aiko").weights, store.head().size
    with pytest.raises(Conflict, match="already"):
        register.register(FIRST, "again", CARD)
    for content, name, card, started in (
        (b"", "empty", {}, None),
        (UNUSED, " ", {}, None),
        (UNUSED, "x" * 201, {}, None),
        (UNUSED, "of others", {"weights_sha256": sha(FIRST)}, None),
        (UNUSED, "from nowhere", {}, "abc"),
        (UNUSED, "no number", {"loss": float("nan")}, None),
    ):
        with pytest.raises(InvalidRecord):
            register.register(content, name, card, started_from=started)
    assert store.head().size == before
    assert store.missing_blobs({sha(UNUSED)})


def test_taking_weights_away_is_recorded(store: AuditStore) -> None:
    fill(store)
    auditor = join(store, "emil", Role.AUDITOR)
    assert auditor.weights.take_away(sha(FIRST)) == FIRST
    entry = store.entries()[-1]
    assert (entry.type, entry.actor) == ("export", auditor.person.id)
    assert parse(store.sealed(entry.seq).payload) == {"weights_sha256": sha(FIRST), "name": "prototype"}


def test_erasing_a_decision_leaves_registered_weights(store: AuditStore) -> None:
    fill(store)
    alone = decision(weights_blob=sha(UNUSED), weights_sha256=sha(UNUSED))
    add(store, alone, blobs_of(UPLOAD, SELECTION, UNUSED))
    admin = store.single_user("Aiko").admin
    for id in (alone.id, store.entries()[AT["decision"] - 1].subject):
        admin.erase(id, "asked for", early=True)
    assert store.blob(sha(SECOND)) == SECOND
    assert store.missing_blobs({sha(UNUSED)})
    assert store.verify().ok
    # What was erased with its decision can be registered afterwards.
    store.single_user("Aiko").weights.register(UNUSED, "found again", {})
    assert store.verify().ok


def test_weights_of_a_decision_are_registered_without_being_stored_twice(store: AuditStore) -> None:
    made = decision(weights_blob=sha(FIRST), weights_sha256=sha(FIRST))
    add(store, made, blobs_of(UPLOAD, SELECTION, FIRST))
    store.single_user("Aiko").weights.register(FIRST, "those of the decision", {})
    assert store.verify().checked["blobs"] == 3


FORGERIES = [
    ("UPDATE payloads SET payload=replace(payload, 'novelty', 'label') WHERE seq={first}", "first", "content"),
    ("UPDATE payloads SET payload=replace(payload, '0.25', '0.15') WHERE seq={second}", "second", "content"),
    ("DELETE FROM payloads WHERE seq={second}", "second", "content"),
    ("DELETE FROM blobs WHERE sha256='{first_sha}'", "first", "missing"),
    ("UPDATE blobs SET encoding='zlib' WHERE sha256='{first_sha}'", "first", "changed"),
    (
        "UPDATE blobs SET data=(SELECT data FROM blobs WHERE sha256='{first_sha}') WHERE sha256='{second_sha}'",
        "second",
        "chang",
    ),
    ("UPDATE log SET subject='{first_sha}' WHERE seq={second}", "second", "subject"),
    ("UPDATE log SET type='note' WHERE seq={first}", "first", "type"),
    ("DELETE FROM log WHERE seq={first}", "first", "missing"),
    ("DELETE FROM log WHERE seq={retired}", "retired", "missing"),
    ("UPDATE payloads SET payload=replace(payload, 'true', 'false') WHERE seq={retired}", "retired", "content"),
    ("UPDATE payloads SET payload=replace(payload, '{second_sha}', '{first_sha}') WHERE seq={use}", "use", "content"),
]


@pytest.mark.parametrize(("statement", "at", "word"), FORGERIES)
def test_one_change_is_found_and_named(filled: str, statement: str, at: str, word: str) -> None:
    edit(filled, statement.format(**AT, first_sha=sha(FIRST), second_sha=sha(SECOND)))
    found, text = verdict(filled)
    assert found == AT[at]
    assert word in text


def test_a_card_that_was_changed_by_hand_is_not_shown(filled: str) -> None:
    edit(filled, f"UPDATE payloads SET payload=replace(payload, 'novelty', 'label') WHERE seq={AT['first']}")
    changed = AuditStore(filled, read_only=True)
    with pytest.raises(Tampered):
        changed.weights()
    changed.close()


def test_weights_in_use_that_were_put_in_by_hand_are_not_followed(filled: str) -> None:
    edit(filled, f"UPDATE payloads SET payload=replace(payload, '{sha(SECOND)}', '{sha(FIRST)}') WHERE seq={AT['use']}")
    changed = AuditStore(filled, read_only=True)
    with pytest.raises(Tampered):
        changed.weights_in_use()
    changed.close()


def test_use_of_what_is_not_registered_is_noticed(store: AuditStore) -> None:
    """Appended by a program that goes past the register: the chain fits, the content does not."""
    fill(store)
    with store.database.write() as connection:
        payload = {"weights_sha256": sha(UNUSED)}
        store.database.append(connection, actor="x", type="weights_in_use", subject="analyses", payload=payload)
    report = store.verify()
    assert (report.ok, report.problem_seq) == (False, store.log_size())
    assert "not registered" in str(report.problem_text)


@pytest.mark.parametrize("content", [{"weights_sha256": sha(UNUSED)}, {"weights_sha256": sha(FIRST), "name": "", "card": {}}])
def test_an_entry_that_is_no_registration_is_noticed(store: AuditStore, content: dict[str, object]) -> None:
    fill(store)
    with store.database.write() as connection:
        store.database.append(connection, actor="x", type="weights", subject=sha(UNUSED), payload=content)
    report = store.verify()
    assert (report.ok, report.problem_seq) == (False, store.log_size())


def test_a_bundle_holds_registered_weights_and_its_verifier_knows_them(store: AuditStore, tmp_path: Path) -> None:
    fill(store)
    create_key(tmp_path / "key")
    folder = tmp_path / "bundle"
    export_bundle(store.single_user("Aiko"), tmp_path / "key", folder)
    assert (folder / "blobs" / sha(FIRST)).read_bytes() == FIRST
    assert verify_bundle.verify(folder).ok
    (folder / "blobs" / sha(FIRST)).write_bytes(UNUSED)
    report = verify_bundle.verify(folder)
    assert (report.code, report.problem_seq) == (verify_bundle.TAMPERED, AT["first"])
    (folder / "blobs" / sha(FIRST)).unlink()
    report = verify_bundle.verify(folder)
    assert (report.code, report.problem_seq) == (verify_bundle.INCOMPLETE, AT["first"])


def test_a_bundle_in_which_an_erasure_takes_registered_weights_is_refused() -> None:
    run = verify_bundle._Run("given")
    run.registered.add(sha(FIRST))
    entry = bundle_lines.Entry(9, "", "", "erasure", "x", "", "", "", None, None)
    with pytest.raises(verify_bundle.BadEvidence, match="registered as weights"):
        run._erasure(entry, {}, [sha(FIRST)])


def test_from_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    db = str(tmp_path / "audit.db")
    AuditStore(db).close()
    for name, content, card in (("a", FIRST, CARD), ("b", SECOND, CARD | {"started_from": sha(FIRST)})):
        (tmp_path / f"{name}.safetensors").write_bytes(content)
        (tmp_path / f"{name}.card.json").write_text(json.dumps(card), encoding="utf-8")
        assert main(["weights", "add", f"{name}.safetensors", "--name", f"weights {name}", "--db", db]) == 0
    assert main(["weights", "use", sha(SECOND)[:8], "--db", db]) == 0
    assert main(["weights", "retire", sha(FIRST)[:8], "--why", "old", "--db", db]) == 0
    capsys.readouterr()
    assert main(["weights", "list", "--db", db]) == 0
    shown = capsys.readouterr().out
    assert "weights a  (retired)" in shown
    assert "weights b  (in use)" in shown
    assert main(["weights", "show", sha(SECOND)[:8], "--json", "--db", db]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["lineage"], told["card"]["task"]) == ([sha(SECOND), sha(FIRST)], "novelty")
    assert main(["weights", "use", "default", "--db", db]) == 0
    capsys.readouterr()
    assert main(["weights", "use", sha(FIRST)[:8], "--db", db]) == 2
    way = f"python -m audit weights take-back {sha(FIRST)[:12]} --why"
    assert way in capsys.readouterr().err
    assert main([*way.split()[3:], "still needed", "--db", db]) == 0
    assert main(["weights", "use", sha(FIRST)[:8], "--db", db]) == 0
    assert main(["log", "--db", db]) == 0
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines()[-2:]] == ["weights_retired", "weights_in_use"]
    assert main(["weights", "use", "default", "--db", db]) == 0
    assert main(["weights", "retire", sha(FIRST)[:8], "--why", "old again", "--db", db]) == 0
    for refused in (["show", "zz"], ["use", sha(FIRST)], ["add", "missing.safetensors"], ["retire", "zz", "--why", "x"]):
        assert main(["weights", *refused, "--db", db]) == 2
    assert main(["verify", "--db", db]) == 0
