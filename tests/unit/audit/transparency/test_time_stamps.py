"""Time stamps of an authority made by openssl: good ones hold, for their bytes and their authority only."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import InvalidRecord, StoreUnavailable, Tampered
from audit.transparency.time_stamps import check_stamp, stamp, stamp_file
from tests.support.audit.time_authority import make_authority, served_authority

DATA = b"plant.example/log\n42\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, bytes]]:
    folder = tmp_path_factory.mktemp("time") / "authority"
    root = make_authority(folder)
    with served_authority(folder) as url:
        yield url, root.read_bytes()


def test_a_stamp_holds_for_its_bytes_and_its_authority_only(authority: tuple[str, bytes], tmp_path: Path) -> None:
    url, root = authority
    answer = stamp(url, DATA)
    assert abs(check_stamp(DATA, answer, root) - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(Tampered):
        check_stamp(DATA + b"x", answer, root)
    other = make_authority(tmp_path / "other").read_bytes()
    with pytest.raises(Tampered):
        check_stamp(DATA, answer, other)
    assert check_stamp(DATA, answer, other + root), "several authorities can be known"
    for bad in (b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(InvalidRecord):
            check_stamp(DATA, answer, bad)


def test_openssl_verifies_the_same_files(authority: tuple[str, bytes], tmp_path: Path) -> None:
    note, ca = tmp_path / "checkpoint-000000000042.txt", tmp_path / "ca.pem"
    note.write_bytes(DATA)
    ca.write_bytes(authority[1])
    stamp_file(note).write_bytes(stamp(authority[0], DATA))
    command = ["openssl", "ts", "-verify", "-data", str(note), "-in", str(note.with_suffix(".tsr")), "-CAfile", str(ca)]
    assert "Verification: OK" in subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def test_an_authority_that_sends_certificates_out_of_order_is_asked_without(tmp_path: Path) -> None:
    root = make_authority(tmp_path / "chain", chain=True).read_bytes()
    leaf = (tmp_path / "chain" / "authority.pem").read_bytes()
    with served_authority(tmp_path / "chain") as url:
        answer = stamp(url, DATA)
    assert check_stamp(DATA, answer, root + leaf)
    with pytest.raises(Tampered):
        check_stamp(DATA + b"x", answer, root + leaf)


def test_an_authority_that_is_not_there_is_told() -> None:
    with pytest.raises(StoreUnavailable, match="does not answer"):
        stamp("http://127.0.0.1:9/", DATA)


def test_a_changed_stamp_is_refused(authority: tuple[str, bytes]) -> None:
    url, root = authority
    answer = stamp(url, DATA)
    when = check_stamp(DATA, answer, root)

    @settings(max_examples=150, deadline=None)
    @given(st.integers(0, len(answer) - 1), st.integers(0, 7))
    def changed(at: int, bit: int) -> None:
        forged = bytearray(answer)
        forged[at] ^= 1 << bit
        with suppress(Tampered, InvalidRecord):  # a few bits say nothing, such as texts of the status
            assert check_stamp(DATA, bytes(forged), root) == when

    changed()


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(InvalidRecord):
        check_stamp(DATA, data, b"")
