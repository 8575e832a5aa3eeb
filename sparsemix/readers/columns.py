"""What the columns of a table and the keys of JSON objects are: a guess by names and values, and what a person says instead.

Columns.parse("time=日付,clock=時刻,label=quality,sequence_id=lot,ignore=operator,ignore=note")
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sparsemix.errors import InputError
from sparsemix.readers.timestamps import is_clock, parse_date, parse_time

TIME_NAMES = (
    *("timestamp", "@timestamp", "datetime", "date_time", "日時", "time", "ts", "date", "時刻", "日付"),
    *("event_time", "created_at", "発生日時", "発生時刻", "タイムスタンプ"),
)
DATE_NAMES = ("date", "日付", "年月日")
CLOCK_NAMES = ("time", "時刻", "時間")
LEVEL_NAMES = (
    "level",
    "severity",
    "levelname",
    "loglevel",
    "log_level",
    "log.level",
    "lvl",
    "レベル",
    "重要度",
    "種別",
)
SOURCE_NAMES = (
    *(
        "source",
        "station",
        "machine",
        "equipment",
        "device",
        "host",
        "hostname",
        "host.name",
        "logger",
        "component",
    ),
    *("設備", "設備名", "装置", "装置名", "機械", "号機", "工程", "ステーション"),
)
SEQUENCE_NAMES = (
    "sequence_id",
    "sequence",
    "seq_id",
    "run_id",
    "lot_id",
    "batch_id",
    "trace_id",
    "session_id",
    "block_id",
    "ロット",
)
LABEL_NAMES = ("label", "labels", "class", "target", "is_anomaly", "anomaly", "fault", "ラベル", "判定")
KNOWN_NAMES = frozenset((*TIME_NAMES, *DATE_NAMES, *CLOCK_NAMES, *LEVEL_NAMES, *SOURCE_NAMES, "message", "msg", "event"))

SINGLE_ROLES = ("time", "clock", "label", "sequence_id", "source", "level")
"""Roles that one column has at most."""
ROLES = (*SINGLE_ROLES, "ignore")
SAMPLE = 50
"""Rows from which the column of times is guessed."""
_PARSED_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that are no features. None: to be guessed; empty text: there is none, whatever the names say.

    ``clock`` is the time of day beside a date in ``time``. Columns of ``source`` and ``level`` are features as well: the model
    reads them like any other. Those of ``label``, ``sequence_id`` and ``ignore`` it never sees.
    """

    time: str | None = None
    label: str | None = None
    sequence_id: str | None = None
    source: str | None = None
    level: str | None = None
    ignore: tuple[str, ...] = ()
    clock: str | None = None

    @classmethod
    def parse(cls, text: str) -> Columns:
        """Read ``role=column,role=column``; ``ignore`` may occur several times. Raises InputError."""
        found: dict[str, str] = {}
        ignored: list[str] = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            role, separator, name = (side.strip() for side in part.partition("="))
            if not separator or role not in ROLES:
                raise InputError(
                    f"--columns: {part!r} is not role=column with one of the roles {', '.join(ROLES)}.",
                    code="bad_columns",
                    part=part,
                )
            if role == "ignore":
                ignored.append(name)
            elif role in found:
                raise InputError(f"--columns: the role {role} is given twice.", code="bad_columns", part=part)
            else:
                found[role] = name
        return cls(**found, ignore=tuple(ignored))

    def payload(self) -> dict[str, object]:
        """As plain JSON: the roles that are decided."""
        said: dict[str, object] = {role: value for role in SINGLE_ROLES if (value := getattr(self, role)) is not None}
        return {**said, "ignore": list(self.ignore)} if self.ignore else said

    @classmethod
    def from_payload(cls, payload: Mapping[str, object]) -> Columns:
        """Back from plain JSON. Raises InputError bad_columns."""
        given = dict(payload)
        ignore = given.pop("ignore", [])
        known = isinstance(ignore, list) and set(given) <= set(SINGLE_ROLES)
        if not known or not all(isinstance(name, str) for name in [*given.values(), *ignore]):  # type: ignore[misc]
            raise InputError(f"These are no roles of columns: {payload!r}.", code="bad_columns", part=str(payload)[:100])
        return cls(**given, ignore=tuple(ignore))  # type: ignore[arg-type]  # checked above

    def settle(self, names: Sequence[str], sample: Sequence[Sequence[str]] = (), *, by_name: bool = False) -> Columns:
        """The same with every role decided for a table whose columns have these ``names``: a name, or empty text.

        The time is guessed from the cells of a ``sample`` of rows; ``by_name``: a telling name is enough, and what stands below
        it must be times then. Raises InputError where the table lacks a column that was named, or one column has two roles.
        """
        known = {name.strip().lower(): name for name in reversed(names)}
        said = {role: _present(wanted, known, names) for role in SINGLE_ROLES if (wanted := getattr(self, role))}
        ignore = tuple(_present(name, known, names) for name in self.ignore)
        # A source or level of which every cell is a date tells the time as well, where nothing else does: guessed so before.
        both = {said.get("source"), said.get("level")}
        taken = [*(name for role, name in said.items() if role != "time" or name not in both), *ignore]
        if twice := [name for name, times in Counter(taken).items() if times > 1]:
            raise InputError(f"The column {twice[0]!r} has two roles. Give it one.", code="bad_columns", part=twice[0])
        usual = {"sequence_id": SEQUENCE_NAMES, "label": LABEL_NAMES, "source": SOURCE_NAMES, "level": LEVEL_NAMES}
        free = [name for name in names if name not in taken]
        for role, likely in usual.items():
            if getattr(self, role) is None:
                said[role] = pick(free, likely) or ""
        if self.time is None:
            hidden = {said.get("sequence_id"), said.get("label")}
            times = _time_columns([name if name in free else "" for name in names], sample, hidden, by_name=by_name)
            said["time"] = names[times[0]] if times else ""
            if self.clock is None:
                said["clock"] = names[times[1]] if len(times) > 1 else ""
        if said.get("clock") and not said.get("time"):
            raise InputError(
                f"The column {said['clock']!r} holds times of day: name the column of dates too, as time.",
                code="bad_columns",
                part=said["clock"],
            )
        return Columns(**{role: said.get(role, "") for role in SINGLE_ROLES}, ignore=ignore)

    def features(self, names: Sequence[str]) -> list[str]:
        """The columns that are features, once the roles are settled: source and level too, for the model reads them."""
        hidden = (self.time, self.clock, self.label, self.sequence_id, *self.ignore)
        return [name for name in names if name not in hidden]


def pick(names: Iterable[str], wanted: tuple[str, ...]) -> str | None:
    """The name that stands first in `wanted`, ignoring case and outer spaces."""
    found = {name.strip().lower(): name for name in reversed(list(names))}
    return next((found[want] for want in wanted if want in found), None)


def key_values(pairs: Iterable[tuple[str, str]]) -> str:
    """`key=value key=value`, in the order given."""
    return " ".join(f"{key}={value}" for key, value in pairs)


def _time_columns(
    names: Sequence[str], sample: Sequence[Sequence[str]], hidden: Iterable[str | None], *, by_name: bool
) -> tuple[int, ...]:
    """No column, one, or a date column and a time-of-day column; empty names are of columns that cannot be one."""
    needed = _PARSED_SHARE * len(sample)
    date, clock = pick(names, DATE_NAMES), pick(names, CLOCK_NAMES)
    if sample and date is not None and clock is not None:
        pair = (names.index(date), names.index(clock))
        if sum(is_clock(row[pair[1]]) for row in sample) >= needed:
            return pair
    telling = [names.index(name) for want in TIME_NAMES if (name := pick(names, (want,))) is not None]
    if by_name:
        return tuple(telling[:1])
    if not sample:
        return ()
    for column in telling:
        if sum(parse_time(row[column]) is not None for row in sample) >= needed:
            return (column,)
    # Without a telling name only dates count: most numeric columns are measurements.
    for column, name in enumerate(names):
        if name and name not in hidden and sum(parse_date(row[column]) is not None for row in sample) >= needed:
            return (column,)
    return ()


def _present(wanted: str, known: Mapping[str, str], names: Sequence[str]) -> str:
    found = known.get(wanted.strip().lower())
    if found is None:
        shown = ", ".join(names[:20]) + (" ..." if len(names) > 20 else "")
        raise InputError(f"The table has no column {wanted!r}; it has {shown}.", code="no_such_column", column=wanted)
    return found


MAX_COLUMNS = 4_000


def check_count(columns: int) -> None:
    """Raises InputError too_many_columns."""
    if columns > MAX_COLUMNS:
        raise InputError(
            f"The table has {columns:,} columns; at most {MAX_COLUMNS:,} are read. One row is one step: is it turned round?",
            code="too_many_columns",
            limit=MAX_COLUMNS,
        )


def check_distinct(names: Sequence[str]) -> None:
    """Raises InputError duplicate_columns."""
    twice = [column for column, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(
            f"The column {twice[0]!r} occurs twice. Put a name of its own over every column.",
            code="duplicate_columns",
            column=twice[0],
        )
