"""The app's checkpoints: where they go, that they are signed while the app is in use, and what the page shows of them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from audit import StoreUnavailable, load_key, public_key, sign_checkpoint
from audit.checkpoint_schedule import signed_in
from audit.log.private_keys import key_of
from dashboard.shared import checkpoint_thread
from tests.support.dashboard.app import App


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    monkeypatch.setenv("SPARSEMIX_CHECKPOINTS", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("SPARSEMIX_CHECKPOINT_KEY", str(tmp_path / "safe.key"))
    return App(monkeypatch, tmp_path, weights)


def test_they_go_where_the_environment_says(app: App, tmp_path: Path) -> None:
    assert checkpoint_thread.folder() == tmp_path / "elsewhere"
    assert checkpoint_thread.key_path() == tmp_path / "safe.key"


def test_they_lie_beside_the_record_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch, app: App) -> None:
    monkeypatch.delenv("SPARSEMIX_CHECKPOINTS")
    monkeypatch.delenv("SPARSEMIX_CHECKPOINT_KEY")
    assert checkpoint_thread.folder() == app.db.with_name("audit.db.checkpoints")
    assert checkpoint_thread.key_path() == app.db.with_name("audit.db.key")


def test_the_page_lists_what_was_signed(app: App, tmp_path: Path) -> None:
    for number in range(3):
        app.store.record_event("test", "note", str(number), {})
    app.run()
    checkpoint_thread.keeper().look(now=True)
    app.open("record")
    (file,) = signed_in(tmp_path / "elsewhere", public_key(load_key(tmp_path / "safe.key")))
    assert file.checkpoint.size == 3
    table = next(frame.value for frame in app.page.dataframe if "checkpoint-" in frame.value.to_string())
    assert table["Entries"].tolist() == [3]


def test_a_changed_checkpoint_is_said_and_the_page_goes_on(app: App, tmp_path: Path) -> None:
    app.store.record_event("test", "note", "x", {})
    app.run()
    path = checkpoint_thread.keeper().look(now=True)
    assert path is not None
    path.write_text(path.read_text(encoding="utf-8").replace("\n1\n", "\n2\n"), encoding="utf-8")
    app.open("record")
    assert "The stored data differ from what was recorded" in app.words
    assert app.has_button("bundle")


def test_verification_compares_with_the_newest_checkpoint(app: App) -> None:
    app.store.record_event("test", "note", "x", {})
    app.run()
    checkpoint_thread.keeper().look(now=True)
    app.open("record").click("verify").finish("verify")
    assert "It agrees with the signed checkpoint of 1 entry" in app.words


def test_an_own_checkpoint_that_cannot_be_used_is_said_beside_the_result(app: App) -> None:
    app.store.record_event("test", "note", "x", {})
    app.run()
    path = checkpoint_thread.keeper().look(now=True)
    assert path is not None
    path.write_text(path.read_text(encoding="utf-8").replace("\n1\n", "\n2\n"), encoding="utf-8")
    app.open("record").click("verify").finish("verify")
    assert "Valid: 1 entry" in app.words
    said = [error.value for error in app.page.error if "The stored data differ from what was recorded" in error.value]
    assert len(said) == 2, "in the list of checkpoints, and with the result"
    assert "could not be used" in app.words
    assert "No checkpoint to compare with" not in app.words


def test_a_share_whose_server_is_gone_is_said_and_the_page_goes_on(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(type(Path())):  # type: ignore[misc]
        def exists(self, **_: bool) -> bool:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    checkpoint_thread.key_path().touch()
    app.run()
    monkeypatch.setattr(checkpoint_thread, "folder", lambda: Gone("/mnt/share"))
    with pytest.raises(StoreUnavailable, match="cannot look for checkpoints in /mnt/share"):
        checkpoint_thread.signed_files(1)
    app.open("record")
    assert "cannot look for checkpoints" in app.words
    assert app.has_button("bundle")


def test_a_log_that_was_cut_after_its_newest_checkpoint_is_tampered(app: App, tmp_path: Path) -> None:
    app.store.record_event("test", "note", "x", {})
    app.run().open("record")
    _sign_longer(tmp_path / "elsewhere" / "checkpoint-000000000003.txt", tmp_path)
    app.click("verify").finish("verify")
    assert "the checkpoint signed 3 entries, the log ends after 1" in app.page.error[0].value


def test_a_checkpoint_from_elsewhere_is_compared_and_its_signature_checked(app: App, tmp_path: Path) -> None:
    app.store.record_event("test", "note", "x", {})
    app.run().open("record")
    note = _sign_longer(tmp_path / "kept.txt", tmp_path)
    app.page.file_uploader(key="verify_note").set_value(("kept.txt", note, "text/plain"))
    app.click("verify").finish("verify")
    assert "the log ends after 1" in app.page.error[0].value
    app.page.file_uploader(key="verify_note").set_value(("kept.txt", note.replace(b"\n3\n", b"\n1\n"), "text/plain"))
    app.click("verify")
    assert "The stored data differ from what was recorded" in app.page.error[0].value
    for useless in (b"\xff\xfe", b"not a checkpoint"):
        app.page.file_uploader(key="verify_note").set_value(("kept.txt", useless, "text/plain"))
        app.click("verify")
        assert "checkpoint" in app.page.error[0].value


def _sign_longer(path: Path, folder: Path) -> bytes:
    """Sign a checkpoint with the record's own key over more entries than it has."""
    note = sign_checkpoint(key_of(folder / "safe.key"), 3, "ab" * 32)
    path.parent.mkdir(exist_ok=True)
    path.write_text(note, encoding="utf-8")
    return note.encode()
