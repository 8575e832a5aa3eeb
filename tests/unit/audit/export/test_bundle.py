"""Bundles are written, verified by the file that travels in them, and read from zips within bounds."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from audit.errors import Conflict, InvalidRecord, NotFound, Tampered
from audit.export import bundle_files, bundle_lines, verify_bundle
from audit.export.bundle import SignedLog, write_bundle, zip_bundle
from audit.export.verify_bundle import Report, main, verify
from audit.log import authority, frontier, proving, roles, signatures, standing
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint
from audit.records.payload import to_payload
from tests.support.audit.builders import decision, sha
from tests.support.audit.bundles import FULL, OTHER, PRIVATE, PUBLIC, RECORD, line, sample, verdict


def test_an_intact_bundle_is_valid(intact: Path, tmp_path: Path) -> None:
    report = verify(intact, PUBLIC, RECORD.note(4))
    assert report == Report(
        ok=True,
        code=0,
        size=9,
        root=RECORD.root(9),
        problem_seq=None,
        problem_text=None,
        checked={"entries": 9, "decisions": 3, "reviews": 1, "events": 3, "erased": 2, "blobs": 4},
        key="given",
        checkpoint={"size": 4, "root": RECORD.root(4)},
    )
    zip_bundle(intact, tmp_path / "bundle.zip")
    assert verify(tmp_path / "bundle.zip", PUBLIC, RECORD.note(4)) == report
    assert verify(intact).ok
    assert (intact / "verify.py").read_bytes() == Path(verify_bundle.__file__).read_bytes()
    assert "verify.py" in (intact / "README.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", range(10))
def test_every_length_is_valid(tmp_path: Path, size: int) -> None:
    bundle = sample(erased=False).write(tmp_path / "bundle", size)
    assert verify(bundle, PUBLIC).size == size
    assert verify(bundle, PUBLIC).ok


def test_a_bundle_of_an_earlier_format_asks_for_its_own_verifier(folder: Path) -> None:
    line("manifest.json", 1, "bundle-2", "bundle-1")(folder)
    code, seq, text = verdict(folder)
    assert (code, seq) == (2, None)
    assert "use the verify.py that came with it" in text


def test_an_erased_file_can_come_back_with_a_later_decision(tmp_path: Path) -> None:
    record = sample()
    record.blobs[sha(PRIVATE)] = PRIVATE
    again = decision(input_sha256=sha(PRIVATE))
    record.add("decision", again.id, to_payload(again))
    bundle = record.write(tmp_path / "bundle")
    assert verify(bundle).ok
    (bundle / "blobs" / sha(PRIVATE)).unlink()
    assert verdict(bundle)[:2] == (2, 10)


def test_a_line_of_millions_of_values_is_not_read(tmp_path: Path) -> None:
    folder = RECORD.write(tmp_path / "bundle")
    (folder / "log.jsonl").write_bytes(b"[" + b"[]," * 1_000_000 + b"0]\n")
    report = verify(folder)
    assert (report.code, report.problem_seq, report.problem_text) == (2, 1, "Line 1 of log.jsonl is not JSON.")


def test_content_about_another_decision_is_named(tmp_path: Path) -> None:
    record, other = sample(), decision()
    record.add("decision", "7" * 32, to_payload(other))
    report = verify(record.write(tmp_path / "bundle"))
    assert (report.code, report.problem_seq) == (1, 10)
    assert "its content has another id" in (report.problem_text or "")


# The command.


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "verify.py", *arguments]
    environment = {"PYTHONPATH": "", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_the_copy_in_the_bundle_stands_alone(folder: Path, tmp_path: Path) -> None:
    valid = run(folder)
    assert (valid.returncode, valid.stderr) == (0, "")
    assert valid.stdout.startswith("valid: 9 entries, 3 decisions, 1 reviews, 3 events, 2 erased, 4 blobs\nroot ")
    assert "the key inside the bundle, which the maker of the bundle could have" in valid.stdout
    (tmp_path / "key").write_text(PUBLIC + "\n")
    (tmp_path / "old").write_text(RECORD.note(4))
    (tmp_path / "clean").mkdir()
    for name in ("verify.py", "bundle_files.py", "bundle_lines.py", "frontier.py", "authority.py", "proving.py"):
        shutil.copy(folder / name, tmp_path / "clean")
    for name in ("roles.py", "signatures.py", "standing.py"):
        shutil.copy(folder / name, tmp_path / "clean")
    trusted = run(tmp_path / "clean", str(folder), "--public-key", "../key", "--checkpoint", "../old", "--json")
    report = json.loads(trusted.stdout)
    assert trusted.returncode == report["code"] == 0
    assert report["key"] == "given"
    assert report["checkpoint"] == {"size": 4, "root": RECORD.root(4)}
    line("log.jsonl", 8, "停止", "停")(folder)
    bad = run(folder)
    assert bad.returncode == 1
    assert bad.stdout.startswith(f"TAMPERED: The stored content of entry 8 (decision {'6' * 32}) was changed")


def test_imports_are_those_of_an_outsider() -> None:
    modules = (verify_bundle, bundle_files, bundle_lines, frontier, authority, proving, roles, signatures, standing)
    for module in modules:
        source = Path(module.__file__ or "").read_text(encoding="utf-8")
        assert "import audit" not in source
        ast.parse(source, feature_version=(3, 9))  # the oldest Python that the bundle's README.txt names
        # The others lie beside the verifier in a bundle.
        named = re.findall(r"from (audit\S+) import (\w+)", source)
        known = {one.__name__ for one in modules}
        assert all(package in known or f"{package}.{name}" in known for package, name in named)


def test_the_command_tells_what_it_could_not_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder / "nowhere")]) == 2
    assert main([str(folder), "--public-key", str(folder / "nowhere")]) == 2
    assert main([str(folder), "--checkpoint", str(folder / "README.txt")]) == 2
    assert main([str(folder / "README.txt"), "--json"]) == 2
    told = capsys.readouterr().out.splitlines()
    assert [part.startswith("INCOMPLETE OR UNREADABLE: ") for part in told] == [True, True, True, False]
    assert json.loads(told[3])["problem_seq"] is None


def test_text_of_the_bundle_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = sample()
    record.add("decision", "\x1b[31m\u202e", to_payload(decision()))
    bundle = record.write(tmp_path / "bundle")
    assert main([str(bundle)]) == 1
    told = capsys.readouterr().out
    assert r"(decision \x1b[31m\u202e)" in told
    assert "\x1b" not in told


# Zips.


def test_the_same_bundle_gives_the_same_zip(intact: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "__pycache__").mkdir()
    zip_bundle(intact, tmp_path / "1.zip")
    zip_bundle(folder, tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    with pytest.raises(Conflict):
        zip_bundle(intact, tmp_path / "1.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.zip", "2.zip", "bundle"]


@pytest.mark.parametrize("name", ["../out", "/out", "a\\..\\out", "blobs/../../out", "c:out"])
def test_names_that_point_outside_are_refused(intact: Path, tmp_path: Path, name: str) -> None:
    zip_bundle(intact, tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip", "a") as archive:
        archive.writestr(name, b"x")
    assert verdict(tmp_path / "bundle.zip")[2].startswith("This zip is not read: the name ")


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("_MAX_MEMBERS", 5, "more than 5 files"),
        ("_MAX_UNPACKED", 99, "99 bytes"),
        ("_FREE_SIZE", 99_999, "unpacks to more than 200 times"),
    ],
)
def test_zip_bombs_are_refused(
    intact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, words: str
) -> None:
    zip_bundle(intact, tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("blobs/zeros", bytes(1_000_000))
    monkeypatch.setattr(bundle_files, limit, value)
    code, _, told = verdict(tmp_path / "bundle.zip")
    assert code == 2
    assert words in told


def test_the_files_of_a_zip_are_counted_before_its_directory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its end record says of their number is not believed: Python goes by the directory's bytes."""
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(50):
            archive.writestr(f"{number:04d}", b"")
    content = bytearray((tmp_path / "many.zip").read_bytes())
    content[-14:-10] = b"\1\0\1\0"  # one file, it says
    (tmp_path / "lies.zip").write_bytes(content)
    read = Mock(side_effect=AssertionError("its directory was read"))
    for limit, value in (("_MAX_MEMBERS", 49), ("_MAX_DIRECTORY", 50 * 50 - 1)):
        for name in ("many.zip", "lies.zip"):
            with monkeypatch.context() as patched:
                patched.setattr(bundle_files, limit, value)
                patched.setattr(zipfile, "ZipInfo", read)
                code, _, told = verdict(tmp_path / name)
            assert (code, "holds more than" in told) == (2, True), (limit, name, told)
    assert "manifest.json is missing" in verdict(tmp_path / "lies.zip")[2]


def test_a_line_without_end_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_lines, "MAX_LINE", 1000)
    assert verdict(folder)[:2] == (2, 2)


def test_a_damaged_zip_is_unreadable(intact: Path, tmp_path: Path) -> None:
    zip_bundle(intact, tmp_path / "bundle.zip")
    content = (tmp_path / "bundle.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(content[:-500])
    assert verdict(tmp_path / "cut.zip")[:2] == (2, None)
    middle = content.index(b"log.jsonl") + 500
    (tmp_path / "hurt.zip").write_bytes(content[:middle] + bytes(20) + content[middle + 20 :])
    assert verdict(tmp_path / "hurt.zip")[0] == 2
    with pytest.warns(UserWarning), zipfile.ZipFile(tmp_path / "bundle.zip", "a") as archive:
        archive.writestr("log.jsonl", b"")
    assert "same name" in verdict(tmp_path / "bundle.zip")[2]


# Writing.


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    class Stop(BaseException):
        pass

    def progress(done: int, total: int) -> None:
        assert (done, total) == (9, 9)
        raise Stop

    folder, read_blob = tmp_path / "bundle", RECORD.read_blob
    signed = SignedLog(Checkpoint(DEFAULT_ORIGIN, 9, RECORD.root(9)), RECORD.note(9), PUBLIC)
    with pytest.raises(Stop):
        write_bundle(folder, signed, evidence=RECORD.evidence, read_blob=read_blob, progress=progress)
    assert not list(tmp_path.iterdir())
    with pytest.raises(InvalidRecord):
        shorter = replace(signed, checkpoint=replace(signed.checkpoint, size=8))
        write_bundle(folder, shorter, evidence=RECORD.evidence, read_blob=read_blob)
    with pytest.raises(Tampered, match="the log ends after 8"):
        write_bundle(folder, signed, evidence=RECORD.evidence[:8], read_blob=read_blob)
    with pytest.raises(Tampered, match="not those that were signed"):
        write_bundle(folder, signed, evidence=FULL.evidence, read_blob=read_blob)
    with pytest.raises(Tampered, match="two different logs of 8 entries"):
        contradicting = replace(signed, earlier=[RECORD.note(8), FULL.note(8)])
        write_bundle(folder, contradicting, evidence=RECORD.evidence, read_blob=read_blob)
    assert not list(tmp_path.iterdir())


def test_what_was_appended_meanwhile_is_left_out(tmp_path: Path) -> None:
    assert verify(RECORD.write(tmp_path / "bundle", 8)).size == 8


def test_an_erasure_meanwhile_means_to_start_again(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="entry 5 has no content"):
        RECORD.write(tmp_path / "bundle", 6)


def test_a_missing_file_that_nothing_erased_stops_the_export(tmp_path: Path) -> None:
    record = sample()
    del record.blobs[sha(OTHER)]
    with pytest.raises(NotFound):
        record.write(tmp_path / "bundle")
    assert not list(tmp_path.iterdir())


def test_only_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    RECORD.write(tmp_path / "bundle")
    with pytest.raises(Conflict):
        RECORD.write(tmp_path / "bundle")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Conflict):
        RECORD.write(tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "file"]
