"""How a file is to be read: what a reader would guess, and what a person says instead; as plain JSON it is kept beside what was
made of the file.

    read_bytes(data, "line4.csv", options=ReadOptions(time_zone="Asia/Tokyo", columns=Columns(label="quality")))
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sparsemix.errors import InputError
from sparsemix.readers.columns import ROLES, Columns
from sparsemix.readers.text import ENCODINGS

RULES = 2
UTC_NAME = "UTC"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """``encoding``: one of ENCODINGS, None to recognise it; ``time_zone``: of stamps that name none, by its IANA name, None for
    UTC; ``columns``: roles of a table's columns, or of the keys of JSON objects.

    ``rules``: 2; 1 reads as before columns had roles, when labels and empty cells were read like any other, and is for what was
    recorded then. Raises InputError unknown_encoding, unknown_time_zone, bad_columns.
    """

    encoding: str | None = None
    time_zone: str | None = None
    columns: Columns = field(default_factory=Columns)
    rules: int = RULES

    def __post_init__(self) -> None:
        if self.encoding is not None and self.encoding not in ENCODINGS:
            raise InputError(
                f"The encoding {self.encoding!r} is not supported. Choose one of {', '.join(ENCODINGS)}.",
                code="unknown_encoding",
                encoding=str(self.encoding),
            )
        if self.time_zone is not None:
            _zone(self.time_zone)
        if self.rules not in (1, RULES):
            raise InputError(f"Reading by rules {self.rules!r} is not known here.", code="unknown_rules")

    @property
    def zone(self) -> tzinfo | None:
        """Where stamps without a zone were made; None for UTC."""
        return None if self.time_zone in (None, UTC_NAME) else _zone(self.time_zone)

    def payload(self) -> dict[str, object]:
        """As plain JSON: what is not left to the reader."""
        said: dict[str, object] = {"rules": self.rules}
        if self.encoding is not None:
            said["encoding"] = self.encoding
        if self.time_zone is not None:
            said["time_zone"] = self.time_zone
        columns = self.columns.payload()
        return {**said, "columns": columns} if columns else said

    @classmethod
    def from_payload(cls, payload: Mapping[str, object]) -> ReadOptions:
        """Back from plain JSON. Raises InputError: as the constructor, and bad_reading for what is no such thing."""
        encoding, zone, rules = payload.get("encoding"), payload.get("time_zone"), payload.get("rules", RULES)
        columns = payload.get("columns", {})
        fits = isinstance(encoding, str | None) and isinstance(zone, str | None) and isinstance(columns, Mapping)
        if not fits or not isinstance(rules, int) or not set(payload) <= {"encoding", "time_zone", "columns", "rules"}:
            raise InputError("These are no settings of reading.", code="bad_reading")
        return cls(encoding, zone, Columns.from_payload(columns), rules)  # type: ignore[arg-type]  # checked above


FIRST_RULES = ReadOptions(columns=Columns(label="", sequence_id=""), rules=1)
"""How files were read before what was read said by which rules."""


def time_zones() -> list[str]:
    """The names that can be given, UTC first, places before abbreviations."""
    named = available_timezones() - {UTC_NAME}
    places = sorted(name for name in named if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [UTC_NAME, *places, *sorted(named.difference(places))]


@cache
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"The time zone {name!r} is not known. Give an IANA name such as Asia/Tokyo or UTC.",
            code="unknown_time_zone",
            zone=name,
        ) from error


def add_read_options(parser: ArgumentParser) -> None:
    """What is not said is guessed."""
    parser.add_argument(
        "--columns",
        default="",
        metavar="ROLE=NAME,...",
        help=f"columns of a table that are no features: {', '.join(ROLES)}; ROLE= for none",
    )
    parser.add_argument("--encoding", choices=ENCODINGS, help="of a text; default: recognised")
    parser.add_argument("--time-zone", metavar="ZONE", help="of times that name none, such as Asia/Tokyo; default: UTC")


def read_options(arguments: Namespace) -> ReadOptions:
    """What was said. Raises InputError for roles and zones that there are not."""
    return ReadOptions(arguments.encoding, arguments.time_zone, Columns.parse(arguments.columns))
