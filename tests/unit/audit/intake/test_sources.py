"""Sources: their last decision is found without a search, and what counts as usual is declared by a lead, in the log."""

from __future__ import annotations

import pytest

from audit import AuditStore, Conflict, Denied, InvalidRecord, NotFound, Role, Tampered
from audit.intake import sources as module
from tests.support.audit.builders import blobs_of, decision, sha
from tests.support.audit.forging import edit
from tests.support.audit.team import join, record

WEIGHTS = sha(b"weights")


def of(store: AuditStore, source: str, **fields: object) -> str:
    """A decision of a source."""
    return record(store, details={"source": source}, **fields)


def ids(found: list[object]) -> list[str]:
    return [one.id for one in found]  # type: ignore[attr-defined]


def test_the_last_decision_of_a_source_is_known_by_the_weights_that_made_it(store: AuditStore) -> None:
    alone = store.single_user("Aiko")
    assert alone.sources.last("line4", WEIGHTS) is None
    first, second = of(store, "line4"), of(store, "line4")
    other = of(store, "line4", weights_sha256=sha(b"others"))
    press = of(store, "プレス 2")
    record(store)  # names no source
    last = alone.sources.last("line4", WEIGHTS)
    assert last is not None
    assert last.id == second
    assert ids(alone.sources.recent("line4", WEIGHTS)) == [first, second]
    assert ids(alone.sources.recent("line4", WEIGHTS, limit=1)) == [second]
    assert ids(alone.sources.recent("line4", WEIGHTS, since=second)) == [second]
    assert ids(alone.sources.all()) == [press, other, second]
    with pytest.raises(NotFound):
        alone.sources.recent("line4", WEIGHTS, since=press)
    assert store.verify().ok


def test_decisions_recorded_together_leave_the_last_one(store: AuditStore) -> None:
    made = [decision(details={"source": source}) for source in ("line4", "line5", "line4")]
    store.record_decisions([(one, blobs_of()) for one in made], actor="test")
    alone = store.single_user("Aiko")
    assert ids(alone.sources.all()) == [made[2].id, made[1].id]


def test_when_the_last_one_is_erased_the_one_before_it_is_the_last(store: AuditStore) -> None:
    alone = store.single_user("Aiko")
    first, second, third = (of(store, "line4") for _ in range(3))
    alone.admin.erase(third, "asked for", early=True)
    alone.admin.erase(first, "asked for", early=True)
    assert ids(alone.sources.all()) == [second]
    alone.admin.erase(second, "asked for", early=True)
    assert alone.sources.all() == []
    assert alone.sources.last("line4", WEIGHTS) is None
    assert store.verify().ok


def test_a_place_that_was_moved_by_hand_is_not_followed(store: AuditStore, url: str) -> None:
    alone = store.single_user("Aiko")
    of(store, "line4")
    of(store, "press")
    edit(url, "UPDATE sources SET decision_id = (SELECT max(decision_id) FROM sources WHERE source = 'press')")
    with pytest.raises(Tampered):
        alone.sources.last("line4", WEIGHTS)


def test_a_lead_declares_what_is_usual_from_now_on_or_from_a_decision_on(store: AuditStore) -> None:
    lena, ann = join(store, "lena", Role.LEAD), join(store, "ann", Role.REVIEWER)
    first = of(store, "line4")
    press = of(store, "press")
    assert ann.sources.accepted("line4") is None
    with pytest.raises(Denied):
        ann.sources.accept("line4", "looks fine")
    entry = lena.sources.accept("line4", "new controller, checked", since=first)
    found = ann.sources.accepted("line4")
    assert found is not None
    assert (found.source, found.since, found.why) == ("line4", first, "new controller, checked")
    assert (found.seq, found.by, entry.type) == (entry.seq, lena.person.id, "reference")
    lena.sources.accept("line4", "once more")
    assert [one.since for one in ann.sources.history("line4")] == [first, None]
    assert ann.sources.accepted("press") is None
    with pytest.raises(NotFound):
        lena.sources.accept("line4", "another's", since=press)
    with pytest.raises(NotFound):
        lena.sources.accept("line5", "never heard of")
    with pytest.raises(InvalidRecord):
        lena.sources.accept("line4", "")
    assert store.verify().ok


def test_no_more_is_taken_in_than_can_be_read_at_once(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BEFORE", 2)
    alone = store.single_user("Aiko")
    first, second, _ = (of(store, "line4") for _ in range(3))
    with pytest.raises(Conflict):
        alone.sources.accept("line4", "all of it", since=first)
    alone.sources.accept("line4", "the last two", since=second)


def test_a_reference_that_was_changed_by_hand_is_not_followed(store: AuditStore, url: str) -> None:
    alone = store.single_user("Aiko")
    of(store, "line4")
    alone.sources.accept("line4", "checked on site")
    edit(url, "UPDATE payloads SET payload = replace(payload, 'checked', 'nothing') WHERE payload LIKE '%on site%'")
    with pytest.raises(Tampered):
        alone.sources.accepted("line4")
