"""What the list of all decisions shows: filter, order and page, and how they stand in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from audit import DecisionFilter, Gate, Order, QueueState
from dashboard.views.times import midnight

LABELS = ("fault", "normal")
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
MAX_TEXT = 100
KEYS = ("find", "verdict", "gate", "queue", "from", "to", "unfamiliar", "sort", "page")
"""Names in the address, in the order of the fields."""


@dataclass(frozen=True, slots=True)
class ListView:
    """Which decisions are listed, and how. ``first`` and ``last``: days in UTC, both included; ``page`` counts from 1."""

    text: str = ""
    label: str | None = None
    gate: Gate | None = None
    state: QueueState | None = None
    first: date | None = None
    last: date | None = None
    unfamiliar: bool = False
    order: Order = Order.HELD
    page: int = 1

    @property
    def wanted(self) -> DecisionFilter:
        """Return the filter as the record takes it."""
        return DecisionFilter(
            text=self.text,
            label=self.label,
            gate=self.gate,
            state=self.state,
            since=midnight(self.first) if self.first else None,
            before=midnight(self.last + timedelta(days=1)) if self.last else None,
            warning="unfamiliar_input" if self.unfamiliar else None,
        )

    @property
    def filters(self) -> int:
        """Return how many filters are set, beside the text."""
        return sum(value is not None for value in (self.label, self.gate, self.state, self.first, self.last)) + self.unfamiliar

    def address(self) -> dict[str, str]:
        """Return what differs from the plain list, for a link."""
        values = (
            self.text,
            self.label or "",
            self.gate.value if self.gate else "",
            self.state.value if self.state else "",
            self.first.isoformat() if self.first else "",
            self.last.isoformat() if self.last else "",
            "1" if self.unfamiliar else "",
            "" if self.order is Order.HELD else self.order.value,
            "" if self.page == 1 else str(self.page),
        )
        return {key: value for key, value in zip(KEYS, values, strict=True) if value}


def clean(text: str) -> str:
    """Return a text to look for, without characters that no file's name can hold, cut to ``MAX_TEXT``."""
    return "".join(sign for sign in text if sign.isprintable())[:MAX_TEXT]


def from_address(address: Mapping[str, str]) -> ListView:
    """Return the list that a link names; a value that is not valid is ignored."""
    label, page = address.get("verdict"), address.get("page", "")
    return ListView(
        text=clean(address.get("find", "")),
        label=label if label in LABELS else None,
        gate=_member(Gate, address.get("gate")),
        state=_member(QueueState, address.get("queue")),
        first=_day(address.get("from")),
        last=_day(address.get("to")),
        unfamiliar=address.get("unfamiliar") == "1",
        order=_member(Order, address.get("sort")) or Order.HELD,
        page=int(page) if page.isascii() and page.isdecimal() and 1 <= len(page) < 7 and int(page) else 1,
    )


_Word = TypeVar("_Word", Gate, QueueState, Order)


def _member(kind: type[_Word], value: str | None) -> _Word | None:
    return next((member for member in kind if member.value == value), None)


def _day(value: str | None) -> date | None:
    try:
        day = date.fromisoformat(value or "")
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
