"""Settings of reading: encoding, time zone, roles of columns and sources, guessed by the reader or set by a person.

They are kept as plain JSON with the results of the file. The shell's flags are ``--columns``, ``--encoding``,
``--time-zone`` and ``--sources``.

    read_bytes(data, "line4.csv", options=ReadOptions(time_zone="Asia/Tokyo", columns=Columns(label="quality")))
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cache
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sparsemix.errors import InputError
from sparsemix.readers.columns import ROLES, Columns
from sparsemix.readers.sources import Split
from sparsemix.readers.stamps import RULES
from sparsemix.readers.text import ENCODINGS

UTC_NAME = "UTC"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Settings of reading one file.

    ``encoding``: one of ENCODINGS, None to recognise it; ``time_zone``: IANA name of the zone of time stamps that name none,
    None for UTC; ``columns``: roles of a table's columns, or of the keys of JSON objects; ``sources``: how a file is split into
    them (`sources`), None to tell from its events.

    ``rules``: 4; earlier ones are for decisions recorded then. 3 reads as before sources were told apart, and dates without a
    year in brackets were known; 2 as before tables of events, exports of Windows and dates with the day or month first were
    known; 1 as before columns had roles, when labels and empty cells were read like any other
    cell. Raises `InputError` unknown_encoding, unknown_time_zone, unknown_rules.
    """

    encoding: str | None = None
    time_zone: str | None = None
    columns: Columns = field(default_factory=Columns)
    rules: int = RULES
    sources: Split | None = None

    def __post_init__(self) -> None:
        if self.encoding is not None and self.encoding not in ENCODINGS:
            raise InputError(
                f"The encoding {self.encoding!r} is not supported. Choose one of {', '.join(ENCODINGS)}.",
                code="unknown_encoding",
                encoding=str(self.encoding),
            )
        if self.time_zone is not None:
            _zone(self.time_zone)
        if self.rules not in range(1, RULES + 1):
            raise InputError(f"Reading by rules {self.rules!r} is not known here.", code="unknown_rules")

    @property
    def zone(self) -> tzinfo | None:
        """Return the time zone of time stamps that name none; None for UTC."""
        return None if self.time_zone in (None, UTC_NAME) else _zone(self.time_zone)

    def payload(self) -> dict[str, object]:
        """Return the settings that are not left to the reader, as plain JSON."""
        settings: dict[str, object] = {name: getattr(self, name) for name in ("rules", "encoding", "time_zone", "sources")}
        settings["columns"] = self.columns.payload() or None
        return {name: value for name, value in settings.items() if value is not None}

    @classmethod
    def from_payload(cls, payload: Mapping[str, object]) -> ReadOptions:
        """Read what ``payload`` returned. Raises `InputError` as the constructor does, and bad_reading for anything else."""
        encoding, zone, rules = payload.get("encoding"), payload.get("time_zone"), payload.get("rules", RULES)
        columns, sources = payload.get("columns", {}), payload.get("sources")
        known = set(payload) <= {"encoding", "time_zone", "columns", "rules", "sources"} and sources in (None, *get_args(Split))
        fits = isinstance(encoding, str | None) and isinstance(zone, str | None) and isinstance(columns, Mapping)
        if not known or not fits or not isinstance(rules, int):
            raise InputError("These are no settings of reading.", code="bad_reading")
        return cls(encoding, zone, Columns.from_payload(columns), rules, sources)  # type: ignore[arg-type]  # checked above


FIRST_RULES = ReadOptions(columns=Columns(label="", sequence_id=""), rules=1)
"""How files were read before the settings recorded their rules."""


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


def add_read_options(parser: ArgumentParser, columns: str = "") -> None:
    """Add the flags of reading; without a flag its setting is guessed. ``columns``: what else the help says of the roles."""
    parser.add_argument(
        "--columns",
        default="",
        metavar="ROLE=NAME,...",
        help=f"columns of a table that are no features: {', '.join(ROLES)}; ROLE= for none{columns}",
    )
    parser.add_argument("--encoding", choices=ENCODINGS, help="of a text; default: recognised")
    parser.add_argument("--time-zone", metavar="ZONE", help="of times that name none, such as Asia/Tokyo; default: UTC")
    parser.add_argument(
        "--sources",
        choices=get_args(Split),
        help="one: the file is of one source; clock: another source begins where its clock jumps back; default: recognised",
    )


def read_options(arguments: Namespace) -> ReadOptions:
    """Return the settings that the flags give. Raises `InputError` for unknown roles and time zones."""
    return ReadOptions(arguments.encoding, arguments.time_zone, Columns.parse(arguments.columns), sources=arguments.sources)
