"""Trainings that are under way or wait for a word, one a person: they outlast a reload of the page. No streamlit here."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from dashboard.service.training.training import Curve

Owner = tuple[str, str]
"""Where the record lies, and the id of the person."""


@dataclass(frozen=True, slots=True)
class Training:
    """The ``job`` that learns, from which ``data`` (None: from reviews), which weights it ``started_from`` (a hash, None:
    none), and the loss so far."""

    job: str
    data: str | None
    started_from: str | None
    curve: Curve = field(repr=False)


class Trainings:
    """The training of each person, until they keep or discard it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[Owner, Training] = {}

    def of(self, owner: Owner) -> Training | None:
        """This person's training."""
        with self._lock:
            return self._of.get(owner)

    def begin(self, owner: Owner, training: Training) -> bool:
        """From now on this is theirs, unless they have one already, begun in another window."""
        with self._lock:
            return self._of.setdefault(owner, training) is training

    def drop(self, owner: Owner, job: str) -> None:
        """Let go of this training, if it is still theirs."""
        with self._lock:
            found = self._of.get(owner)
            if found is not None and found.job == job:
                del self._of[owner]
