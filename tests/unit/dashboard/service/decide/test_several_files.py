"""Batches without a page: limits, doubles, progress over all files, and what stops them."""

from __future__ import annotations

import io
import zipfile

import pytest

from audit import Denied, StoreUnavailable
from dashboard.features.analyse.views.batch import remark, table
from dashboard.service.decide import several_files
from dashboard.service.decide.several_files import FileState, Upload, UploadBatch, analyse_all
from dashboard.texts import Texts
from sparsemix import RunCancelled
from tests.support.dashboard.fixtures import LOG


def made(*contents: bytes) -> UploadBatch:
    found = UploadBatch()
    found.add(Upload(str(i), f"{i}.log", data) for i, data in enumerate(contents))
    for file in found.unread():
        file.read()
    return found


def test_doubles_are_looked_at_once_whatever_their_names() -> None:
    found = made(LOG, LOG * 2, LOG)
    assert [file.state for file in found.files] == [FileState.WAITING, FileState.WAITING, FileState.SAME]
    assert "0.log" in remark(found.files[2], Texts("en"))
    assert found.files[2].data is None


def test_a_double_takes_the_place_of_the_file_that_was_left_out() -> None:
    found = made(LOG, LOG)
    found.remove({"0"})
    assert [(file.name, file.state, file.data) for file in found.files] == [("1.log", FileState.WAITING, LOG)]


def test_a_double_of_a_failed_file_says_why_it_failed() -> None:
    found = made(LOG, LOG)

    def fails(*_: object) -> str:
        raise StoreUnavailable("away")

    analyse_all(found.waiting(), fails, lambda _share, _stage: None)
    found.remove({"0"})
    assert [(file.state, str(file.error)) for file in found.files] == [(FileState.FAILED, "away")]


def test_limits_on_number_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several_files, "MAX_FILES", 2)
    found = made(LOG, LOG * 2, LOG * 3, LOG)
    assert [file.state for file in found.files][2:] == [FileState.TOO_MANY, FileState.SAME]
    monkeypatch.setattr(several_files, "MAX_TOTAL_MB", 1)
    monkeypatch.setattr(several_files, "MAX_FILES", 9)
    found = made(LOG * 400, LOG * 401, LOG)
    assert [file.state for file in found.files] == [FileState.WAITING, FileState.TOO_LARGE, FileState.WAITING]


def test_a_damaged_archive_leaves_the_files_in_it_and_beside_it_alone() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.log", LOG * (number + 2))
    whole = out.getvalue()
    spoilt = whole.replace(LOG * 3, LOG * 2 + LOG[::-1], 1)
    batch = UploadBatch()
    batch.add(
        [
            Upload("1", "a.zip", spoilt),
            Upload("2", "b.zip", whole[:90]),
            Upload("3", "good.log", LOG),
            Upload("4", "2.log", LOG * 4),
        ]
    )
    states = [(file.name, file.state) for file in batch.files]
    assert states == [
        ("0.log", FileState.UNREAD),
        ("1.log", FileState.UNREADABLE),
        ("2.log", FileState.UNREAD),
        ("b.zip", FileState.UNREADABLE),
        ("good.log", FileState.UNREAD),
        ("2.log", FileState.SAME),
    ]
    assert "1.log is damaged" in remark(batch.files[1], Texts("en"))
    assert "1.log が壊れています" in remark(batch.files[1], Texts("ja"))


def test_an_archive_takes_the_places_that_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several_files, "MAX_FILES", 2)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(4):
            archive.writestr(f"{number}.log", LOG * (number + 1))
    batch = UploadBatch()
    batch.add([Upload("1", "first.log", LOG * 9), Upload("2", "a.zip", out.getvalue())])
    assert [file.state for file in batch.files] == [FileState.UNREAD, FileState.UNREAD, FileState.TOO_MANY]
    assert [file.name for file in batch.files] == ["first.log", "0.log", "a.zip"]


def test_progress_runs_once_from_nothing_to_all_in_shares_of_events() -> None:
    found, told = made(LOG, LOG * 3), []

    def one(_data: bytes, name: str, progress: several_files.Progress) -> str:
        progress(0.5, "layer 1")
        progress(1.0, "store")
        return name

    assert analyse_all(found.waiting(), one, lambda share, stage: told.append((round(share, 3), stage))) == 2
    assert told == [
        (0.0, "1/2 read"),
        (0.125, "1/2 layer 1"),
        (0.25, "1/2 store"),
        (0.25, "2/2 read"),
        (0.625, "2/2 layer 1"),
        (1.0, "2/2 store"),
    ]
    assert found.finished


def test_one_failure_is_kept_and_the_next_file_follows() -> None:
    found = made(LOG, LOG * 2)

    def one(_data: bytes, name: str, _progress: several_files.Progress) -> str:
        if name == "0.log":
            raise StoreUnavailable("away")
        return name

    assert analyse_all(found.waiting(), one, lambda _share, _stage: None) == 1
    assert [file.state for file in found.files] == [FileState.FAILED, FileState.DECIDED]
    assert [file.name for file in found.waiting()] == ["0.log"]
    assert len(table(found.files, {}, Texts("ja"))) == 2


@pytest.mark.parametrize("error", [RunCancelled("stop"), Denied("no")])
def test_what_every_file_would_meet_ends_all(error: Exception) -> None:
    found = made(LOG, LOG * 2, LOG * 3)

    def one(_data: bytes, name: str, _progress: several_files.Progress) -> str:
        if name == "1.log":
            raise error
        return name

    with pytest.raises(type(error)):
        analyse_all(found.waiting(), one, lambda _share, _stage: None)
    assert [file.name for file in found.decided()] == ["0.log"]
    assert [file.name for file in found.waiting()] == ["1.log", "2.log"]
