"""Hashes for the Merkle tree and the newest word about a subject, on both databases."""

from __future__ import annotations

import pytest

from audit import AuditStore, Tampered


def test_hashes_of_a_span_and_the_newest_about_a_subject(store: AuditStore) -> None:
    for n in range(5):
        store.record_event("a", "note", f"s{n % 2}", {"n": n})
    rows = store.entries()
    assert store.hashes(1, 4) == b"".join(bytes.fromhex(row.hash) for row in rows[1:4])
    assert store.hashes(2, 2) == b""
    with pytest.raises(Tampered, match="missing"):
        store.hashes(3, 6)
    assert (store.newest_about("s0"), store.newest_about("s1"), store.newest_about("none")) == (rows[4], rows[3], None)
