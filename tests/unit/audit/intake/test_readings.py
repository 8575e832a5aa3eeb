"""Settings of reading: remembered by source in the log, by those who analyse, forgotten by an entry, never changed by hand."""

from __future__ import annotations

import pytest

from audit import AuditStore, Denied, InvalidRecord, NotFound, Role, Tampered, Wanted
from tests.support.audit.builders import UPLOAD, sha
from tests.support.audit.forging import edit
from tests.support.audit.team import join, record

TOKYO = {"time_zone": "Asia/Tokyo", "columns": {"label": "判定", "ignore": ["操作者"]}}


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
    assert [found.decision.id for found in alone.find(Wanted(input_sha256=sha(UPLOAD))).summaries] == [id]
    assert alone.find(Wanted(input_sha256="0" * 64)).total == 0
    with pytest.raises(InvalidRecord):
        Wanted(input_sha256="nonsense")
