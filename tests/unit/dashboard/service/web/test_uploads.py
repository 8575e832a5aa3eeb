"""Uploads: what one person and all together may keep on the server."""

from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException

from audit.storage.stored_files import MAX_BLOB_BYTES
from dashboard.service.web import uploads
from dashboard.service.web.uploads import Uploads
from sparsemix.readers import Limits

MB = 1024**2


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_OF_PERSON", 200 * MB)
    monkeypatch.setattr(uploads, "MOST", 300 * MB)
    monkeypatch.setattr(uploads, "LARGEST", 65 * MB)


def status(room: Uploads, person: str, session: str, size: int | None) -> int:
    try:
        with room.coming(person, session, size):
            return 200
    except HTTPException as error:
        return error.status_code


def test_a_person_has_a_share_in_all_their_pages() -> None:
    kept: dict[str, int] = {}
    room = Uploads(lambda: kept)
    assert status(room, "ann", "1", 150 * MB) == 200
    kept["1"] = 150 * MB
    assert status(room, "ben", "2", 1) == 200  # whose page has kept nothing yet
    assert status(room, "ann", "3", 60 * MB) == 413
    assert status(room, "ann", "1", 50 * MB) == 200
    assert status(room, "ben", "2", 140 * MB) == 200
    kept["2"] = 140 * MB
    assert status(room, "carl", "4", 20 * MB) == 507
    kept.clear()
    assert status(room, "carl", "4", 200 * MB) == 200


def test_what_is_on_its_way_counts() -> None:
    room = Uploads(dict)
    with room.coming("ann", "1", None), room.coming("ann", "1", 120 * MB):
        assert status(room, "ann", "2", 20 * MB) == 413
        assert status(room, "ben", "3", 100 * MB) == 200
        assert status(room, "ben", "3", 10**18) == 413
    assert status(room, "ann", "2", 200 * MB) == 200


def test_small_files_count_more_than_their_bytes() -> None:
    room = Uploads(lambda: {"1": 200 * MB - 1_000})
    assert status(room, "ann", "1", 10) == 413


def test_what_is_taken_can_be_kept_and_read_again_from_any_database() -> None:
    assert Limits().max_bytes <= MAX_BLOB_BYTES and Limits().max_bytes <= uploads.OF_FILE_MB * MB
    # What cannot be packed grows by five bytes of 16,383 and a few; PostgreSQL sends two signs for each, and three more.
    packed = MAX_BLOB_BYTES + 5 * (MAX_BLOB_BYTES // 16_383 + 1) + 6
    assert 2 * packed + 3 < 2**30 - 1
