"""Sources: the last decision is found without a search; a lead declares what is usual; reading settings are remembered."""

from __future__ import annotations

import pytest

from audit import AuditStore, Conflict, DecisionFilter, Denied, InvalidRecord, NotFound, Role, Tampered
from audit.intake import sources as module
from tests.support.audit.builders import UPLOAD, blobs_of, decision, sha
from tests.support.audit.forging import edit
from tests.support.audit.team import add_all, join, record

WEIGHTS = sha(b"weights")
TOKYO = {"time_zone": "Asia/Tokyo", "columns": {"label": "判定", "ignore": ["操作者"]}}


def of(store: AuditStore, source: str, **fields: object) -> str:
    """Record a decision of a source."""
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
    add_all(store, [(one, blobs_of()) for one in made])
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
    edit(url, "UPDATE decisions SET source = 'line4'")
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
    monkeypatch.setattr(module, "_MOST_SINCE", 2)
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


def test_what_is_remembered_says_who_set_it_and_can_be_forgotten(store: AuditStore) -> None:
    ann, vic = join(store, "ann", Role.REVIEWER), join(store, "vic", Role.VIEWER)
    assert vic.readings.of("line4") is None
    entry = ann.readings.remember("line4", TOKYO)
    ann.readings.remember("搬送 2", {"encoding": "cp932"})
    found = vic.readings.of("line4")
    assert found is not None
    assert (found.source, found.settings, found.seq, found.by) == ("line4", TOKYO, entry.seq, ann.person.id)
    ann.readings.remember("line4", {"time_zone": "UTC"})
    found = vic.readings.of("line4")
    assert found is not None and found.settings == {"time_zone": "UTC"}
    assert ann.readings.forget("line4").type == "reading"
    assert vic.readings.of("line4") is None
    assert vic.readings.of("搬送 2") is not None
    with pytest.raises(NotFound):
        ann.readings.forget("line4")
    with pytest.raises(NotFound):
        ann.readings.forget("line5")
    with pytest.raises(Denied):
        vic.readings.remember("line4", TOKYO)
    assert store.verify().ok


@pytest.mark.parametrize(
    ("source", "settings"), [("", TOKYO), ("line4", {}), ("line4", {"x": float("nan")}), ("a" * 9_999, TOKYO)]
)
def test_nothing_and_nonsense_is_not_remembered(store: AuditStore, source: str, settings: dict[str, object]) -> None:
    before = store.head().size
    with pytest.raises(InvalidRecord):
        store.single_user("Aiko").readings.remember(source, settings)
    assert store.head().size == before


def test_settings_that_were_changed_by_hand_are_not_followed(store: AuditStore, url: str) -> None:
    alone = store.single_user("Aiko")
    alone.readings.remember("line4", TOKYO)
    edit(url, "UPDATE payloads SET payload = replace(payload, 'Tokyo', 'Dubai')")
    with pytest.raises(Tampered):
        alone.readings.of("line4")


def test_decisions_are_found_by_the_bytes_they_were_made_on(store: AuditStore) -> None:
    id = record(store)
    alone = store.single_user("Aiko")
    assert [found.decision.id for found in alone.find(DecisionFilter(input_sha256=sha(UPLOAD))).summaries] == [id]
    assert alone.find(DecisionFilter(input_sha256="0" * 64)).total == 0
    with pytest.raises(InvalidRecord):
        DecisionFilter(input_sha256="nonsense")
