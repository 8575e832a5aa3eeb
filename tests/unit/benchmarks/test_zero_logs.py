"""LogHub's samples: read whole, without the column that holds the truth, or refused with advice."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from sparsemix.errors import ConfigError
from tests.benchmarks.zero.logs import ARCHIVE, FOLDS, SYSTEMS, load

LINES = {
    "BGL": "- 1117838570 2005.06.03 R02-M1 2005-06-03-15.42.50 R02-M1 RAS corrected\n"
    "KERNDTLB 1117838573 2005.06.03 R02-M1 2005-06-03-15.42.53 R02-M1 RAS FATAL data TLB error\n",
    "OpenSSH": "Dec 10 06:55:46 LabSZ sshd[24200]: Invalid user webmaster\n",
}


def written(folder: Path, names: tuple[str, ...] = tuple(system.name for system in SYSTEMS)) -> Path:
    (folder / ARCHIVE).parent.mkdir()
    with tarfile.open(folder / ARCHIVE, "w:gz") as archive:
        for name in names:
            data = LINES.get(name, "a line\n").encode()
            member = tarfile.TarInfo(f"{name}_2k.log")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return folder


def test_the_truth_is_cut_off_before_anything_reads_the_line(tmp_path: Path) -> None:
    log = load(written(tmp_path))["BGL"]
    assert log.alert.tolist() == [False, True]
    assert [line.split()[0] for line in log.lines] == ["1117838570", "1117838573"]
    assert [line[head:].split()[0] for line, head in zip(log.lines, log.head.tolist(), strict=True)] == ["R02-M1", "R02-M1"]
    assert log.session == ("R02-M1", "R02-M1")


def test_a_session_is_what_the_system_names(tmp_path: Path) -> None:
    logs = load(written(tmp_path))
    assert logs["OpenSSH"].session == ("24200",) and logs["Apache"].session == (None,)


def test_a_folder_without_the_logs_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="data-dir"):
        load(tmp_path)
    with pytest.raises(ConfigError, match="no log of Spark"):
        load(written(tmp_path, tuple(system.name for system in SYSTEMS if system.name != "Spark")))


def test_an_archive_that_was_cut_off_is_refused_with_advice(tmp_path: Path) -> None:
    path = written(tmp_path) / ARCHIVE
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ConfigError, match="data-dir"):
        load(tmp_path)


def test_every_system_is_left_out_once() -> None:
    assert sorted(name for fold in FOLDS for name in fold) == [system.name for system in SYSTEMS]
