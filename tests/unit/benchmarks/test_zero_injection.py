"""Faults injected into logs: each kind does what it says, names the right lines, and is the same for the same seed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.benchmarks.zero.injection import KINDS, broken, kind_of
from tests.benchmarks.zero.logs import SYSTEMS, SystemLog, read

OPENSSH = next(system for system in SYSTEMS if system.name == "OpenSSH")
APACHE = next(system for system in SYSTEMS if system.name == "Apache")
STEPS = (
    "connection from 10.0.0.{n}",
    "accepted password for user{n} port {port}",
    "session opened",
    "session closed after {n} s",
)
WORDS = ("child started", "worker state ok", "jk error", "mutex created", "pool resized to", "graceful restart")


def ssh(sessions: int = 12) -> SystemLog:
    """Interleaved sessions of four steps each."""
    lines = []
    for number in range(0, sessions, 2):
        for step in STEPS:
            for session in (number, number + 1):
                text = step.format(n=5 + session, port=4000 + session)
                lines.append(f"Dec 10 06:{len(lines) // 60:02}:{len(lines) % 60:02} LabSZ sshd[{100 + session}]: {text}")
    return read(OPENSSH, lines)


def apache() -> SystemLog:
    """A log without sessions, in which six kinds follow each other in one order."""
    return read(APACHE, [f"[Sun Dec 04 04:47:{n % 60:02} 2005] [notice] {WORDS[n % 6]} {n % 7}" for n in range(60)])


LOGS = {"OpenSSH": ssh(), "Apache": apache()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_the_same_seed_breaks_the_log_the_same_way_and_another_seed_otherwise(kind: str, seed: int) -> None:
    first, again = (broken(kind, seed, LOGS["OpenSSH"], LOGS) for _ in range(2))
    assert first is not None and again is not None
    assert first.lines == again.lines and first.true.tolist() == again.true.tolist()
    assert first.lines != LOGS["OpenSSH"].lines and first.true.any()
    assert len({broken(kind, other, LOGS["OpenSSH"], LOGS).lines for other in range(5)}) > 1  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["left_out", "swapped", "identifier"])
def test_a_system_without_sessions_has_no_faults_of_sessions(kind: str) -> None:
    assert broken(kind, 0, LOGS["Apache"], LOGS) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_line_is_left_out_between_the_two_true_lines_of_its_session(seed: int) -> None:
    log, made = LOGS["OpenSSH"], broken("left_out", seed, LOGS["OpenSSH"], LOGS)
    assert made is not None and len(made.lines) == len(log.lines) - 1
    before, after = np.flatnonzero(made.true).tolist()
    (gone,) = set(log.lines) - set(made.lines)
    place = log.lines.index(gone)
    session = [line for line in log.lines if f"[{log.session[place]}]" in line]
    assert [made.lines[before], gone, made.lines[after]] == session[session.index(gone) - 1 : session.index(gone) + 2]


@pytest.mark.parametrize("seed", range(5))
def test_swapped_lines_keep_the_order_of_times(seed: int) -> None:
    made = broken("swapped", seed, LOGS["OpenSSH"], LOGS)
    assert made is not None and made.true.sum() == 2
    assert [line[:15] for line in made.lines] == sorted(line[:15] for line in made.lines)
    assert sorted(line[16:] for line in made.lines) == sorted(line[16:] for line in LOGS["OpenSSH"].lines)


@pytest.mark.parametrize("seed", range(5))
def test_a_burst_is_one_line_many_times(seed: int) -> None:
    made = broken("burst", seed, LOGS["Apache"], LOGS)
    assert made is not None and len({made.lines[place] for place in np.flatnonzero(made.true)}) == 1
    assert len(made.lines) - len(LOGS["Apache"].lines) == made.true.sum() - 1 >= 9


@pytest.mark.parametrize("seed", range(5))
def test_a_number_is_larger_than_any_at_its_place(seed: int) -> None:
    log, made = LOGS["OpenSSH"], broken("number", seed, LOGS["OpenSSH"], LOGS)
    assert made is not None
    (place,) = np.flatnonzero(made.true)
    before, after = (set(line.split()) for line in (log.lines[place], made.lines[place]))
    (old,), (new,) = before - after, after - before
    assert int(new) == 10 * int(old)


def test_an_identifier_becomes_that_of_another_session() -> None:
    made = broken("identifier", 1, LOGS["OpenSSH"], LOGS)
    assert made is not None
    (place,) = np.flatnonzero(made.true)
    changed = read(OPENSSH, list(made.lines)).session[place]
    assert changed != LOGS["OpenSSH"].session[place] and changed in LOGS["OpenSSH"].session


def test_a_foreign_line_is_of_another_system() -> None:
    made = broken("foreign", 2, LOGS["OpenSSH"], LOGS)
    assert made is not None
    (place,) = np.flatnonzero(made.true)
    assert made.lines[place] in LOGS["Apache"].lines


@pytest.mark.parametrize("seed", range(5))
def test_in_the_new_order_no_kind_follows_what_it_followed(seed: int) -> None:
    log, made = LOGS["Apache"], broken("order", seed, LOGS["Apache"], LOGS)
    assert made is not None
    after = read(APACHE, list(made.lines))
    places = np.flatnonzero(made.true).tolist()
    followed = set(pairwise(kind_of(log, place) for place in range(len(log.lines))))
    assert not followed & set(pairwise(kind_of(after, place) for place in places))
    assert [line[:26] for line in made.lines] == [line[:26] for line in log.lines]
