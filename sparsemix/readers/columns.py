"""Roles of a table's columns and of the keys of JSON objects: guessed from names and values, or set by a person.

Columns.parse("time=日付,clock=時刻,label=quality,sequence_id=lot,ignore=operator,ignore=note")
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sparsemix.errors import InputError
from sparsemix.readers.event_tables import left_out, message_column
from sparsemix.readers.limits import check_limit
from sparsemix.readers.stamps import RULES, is_clock
from sparsemix.readers.timestamps import parse_date, parse_time

TIME_NAMES = (
    *("timestamp", "@timestamp", "datetime", "date_time", "日時", "time", "ts", "date", "時刻", "日付"),
    *("event_time", "created_at", "発生日時", "発生時刻", "タイムスタンプ"),
)
DATE_NAMES = ("date", "日付", "年月日")
CLOCK_NAMES = ("time", "時刻", "時間")
LEVEL_NAMES = ("level", "severity", "levelname", "loglevel", "log_level", "log.level", "lvl", "レベル", "重要度", "種別")
SOURCE_NAMES = (
    *("source", "station", "machine", "equipment", "device", "host", "hostname", "host.name", "logger"),
    *("component", "設備", "設備名", "装置", "装置名", "機械", "号機", "工程", "ステーション"),
)
SEQUENCE_NAMES = (
    *("sequence_id", "sequence", "seq_id", "run_id", "lot_id", "batch_id", "trace_id", "session_id", "block_id"),
    *("ロット",),
)
LABEL_NAMES = ("label", "labels", "class", "target", "is_anomaly", "anomaly", "fault", "ラベル", "判定")
KNOWN_NAMES = frozenset((*TIME_NAMES, *DATE_NAMES, *CLOCK_NAMES, *LEVEL_NAMES, *SOURCE_NAMES, "message", "msg", "event"))

# What rules 3 added. Of two columns of levels or sources, Windows writes words into the one that is named here.
EVENT_NAMES = {
    "level": ("leveldisplayname", "entrytype", *LEVEL_NAMES, "ebene", "schweregrad"),
    "source": ("providername", *SOURCE_NAMES, "quelle", "ソース", "anlage", "maschine"),
}
_ADDED_TIMES = ("date and time", "timecreated", "timegenerated", "zeitstempel", "datum")
_ADDED_DATES, _ADDED_CLOCKS = ("datum",), ("uhrzeit", "zeit")

SINGLE_ROLES = ("time", "clock", "label", "sequence_id", "source", "level", "message")
"""Roles that at most one column has."""
ROLES = (*SINGLE_ROLES, "ignore")
SAMPLE = 50
"""Rows from which the column of times is guessed."""
_PARSED_SHARE = 0.8
_MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "-", "#n/a"))
MAX_COLUMNS = 4_000


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that are no features. None: to be guessed; empty text: no column has the role, even if a name
    suggests it.

    A table with a ``message`` is a table of events: level, source and message are read as the words of a log line, other
    columns as ``key=value`` behind them. ``clock`` is the time of day beside a date in ``time``. Columns of ``source`` and
    ``level`` are features as well: the model reads them like any other. The model never sees the columns of ``label``,
    ``sequence_id`` and ``ignore``.
    """

    time: str | None = None
    label: str | None = None
    sequence_id: str | None = None
    source: str | None = None
    level: str | None = None
    ignore: tuple[str, ...] = ()
    clock: str | None = None
    message: str | None = None

    @classmethod
    def parse(cls, text: str) -> Columns:
        """Read ``role=column,role=column``; ``ignore`` may occur several times. Raises `InputError` bad_columns."""
        roles = parse_roles(text, ROLES, several=("ignore",))
        ignored = tuple(roles.pop("ignore", ()))
        return cls(**{role: names[0] for role, names in roles.items()}, ignore=ignored)

    def payload(self) -> dict[str, object]:
        """Return the roles that are decided, as plain JSON."""
        roles: dict[str, object] = {role: value for role in SINGLE_ROLES if (value := getattr(self, role)) is not None}
        return {**roles, "ignore": list(self.ignore)} if self.ignore else roles

    @classmethod
    def from_payload(cls, payload: Mapping[str, object]) -> Columns:
        """Read what ``payload`` returned. Raises `InputError` bad_columns."""
        given = dict(payload)
        ignore = given.pop("ignore", [])
        known = isinstance(ignore, list) and set(given) <= set(SINGLE_ROLES)
        if not known or not all(isinstance(name, str) for name in [*given.values(), *ignore]):  # type: ignore[misc]
            raise InputError(f"These are no roles of columns: {payload!r}.", code="bad_columns", part=str(payload)[:100])
        return cls(**given, ignore=tuple(ignore))  # type: ignore[arg-type]  # checked above

    def settle(
        self, names: Sequence[str], sample: Sequence[Sequence[str]] = (), *, by_name: bool = False, rules: int = RULES
    ) -> Columns:
        """Return the roles with all of them decided, for a table whose columns have these ``names``: a name, or empty text.

        The columns of times and of messages are guessed from the cells of a ``sample`` of rows. ``by_name``: a usual name is
        enough for times, and its cells must be times then. ``rules``: version of the rules of reading. Raises `InputError` when
        the table lacks a column that was named, or when one column has two roles.
        """
        known = {name.strip().lower(): name for name in reversed(names)}
        roles = {role: present(column, known, names) for role in SINGLE_ROLES if (column := getattr(self, role))}
        ignore = tuple(present(name, known, names) for name in self.ignore)
        # A column of sources or levels whose cells are all dates counts as the time too, where no other column does: earlier
        # versions guessed so, and records rest on it.
        shared = {roles.get("source"), roles.get("level")}
        assigned = [*(name for role, name in roles.items() if role != "time" or name not in shared), *ignore]
        if repeated := [name for name, times in Counter(assigned).items() if times > 1]:
            raise InputError(f"The column {repeated[0]!r} has two roles. Give it one.", code="bad_columns", part=repeated[0])
        usual_names = {"sequence_id": SEQUENCE_NAMES, "label": LABEL_NAMES, "source": SOURCE_NAMES, "level": LEVEL_NAMES}
        free = [name for name in names if name not in assigned]
        for role, candidates in usual_names.items():
            if getattr(self, role) is None:
                roles[role] = pick(free, candidates) or ""
        if self.time is None:
            hidden = {roles.get("sequence_id"), roles.get("label")}
            sought = [name if name in free else "" for name in names]
            times = _time_columns(sought, sample, hidden, by_name=by_name, rules=rules)
            roles["time"] = names[times[0]] if times else ""
            if self.clock is None:
                roles["clock"] = names[times[1]] if len(times) > 1 else ""
        if self.message is None and rules > 2:
            roles["message"] = message_column(_cells(names, sample, {*roles.values(), *ignore}), len(sample))
        if roles.get("message"):
            taken = {*roles.values(), *ignore} - {roles.get("level"), roles.get("source")}
            unset = {role: candidates for role, candidates in EVENT_NAMES.items() if getattr(self, role) is None}
            roles |= {role: pick([name for name in names if name not in taken], known) or "" for role, known in unset.items()}
            ignore = ignore or tuple(name for name in left_out(names) if name not in roles.values())
        if roles.get("clock") and not roles.get("time"):
            raise InputError(
                f"The column {roles['clock']!r} holds times of day: name the column of dates too, as time.",
                code="bad_columns",
                part=roles["clock"],
            )
        return Columns(**{role: roles.get(role, "") for role in SINGLE_ROLES}, ignore=ignore)

    def features(self, names: Sequence[str]) -> list[str]:
        """Return the columns that are features, once the roles are settled: source and level too, because the model reads
        them."""
        hidden = (self.time, self.clock, self.label, self.sequence_id, *self.ignore)
        return [name for name in names if name not in hidden]


def parse_roles(text: str, known: Sequence[str], several: Collection[str] = ()) -> dict[str, list[str]]:
    """Read ``role=column,role=column`` with the ``known`` roles; those in ``several`` may occur several times. Raises
    `InputError` bad_columns."""
    roles: dict[str, list[str]] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        role, separator, name = (side.strip() for side in part.partition("="))
        if not separator or role not in known:
            raise InputError(
                f"--columns: {part!r} is not role=column with one of the roles {', '.join(known)}.",
                code="bad_columns",
                part=part,
            )
        if role in roles and role not in several:
            raise InputError(f"--columns: the role {role} is given twice.", code="bad_columns", part=part)
        roles.setdefault(role, []).append(name)
    return roles


def pick(names: Iterable[str], candidates: tuple[str, ...]) -> str | None:
    """Return the name that comes first in ``candidates``, ignoring case and outer spaces; None without any."""
    by_lower_case = {name.strip().lower(): name for name in reversed(list(names))}
    return next((by_lower_case[candidate] for candidate in candidates if candidate in by_lower_case), None)


def key_values(pairs: Iterable[tuple[str, str]]) -> str:
    """Return `key=value key=value`, in the order given."""
    return " ".join(f"{key}={value}" for key, value in pairs)


def missing(cell: str) -> bool:
    """Return whether a cell says that nothing was measured."""
    return cell.strip().lower() in _MISSING


def _cells(names: Sequence[str], sample: Sequence[Sequence[str]], taken: Collection[str]) -> dict[str, list[str]]:
    """Return the cells of a sample that are not missing, by column, without the columns that are ``taken``."""
    return {
        name: [cell for row in sample if not missing(cell := row[at].strip())]
        for at, name in enumerate(names)
        if name not in taken
    }


def _time_columns(
    names: Sequence[str], sample: Sequence[Sequence[str]], hidden: Iterable[str | None], *, by_name: bool, rules: int
) -> tuple[int, ...]:
    """Return the places of no column, of one, or of a date column and a time-of-day column; a column with an empty name is none
    of them."""
    needed = _PARSED_SHARE * len(sample)
    new = rules > 2
    date, clock = pick(names, DATE_NAMES + _ADDED_DATES * new), pick(names, CLOCK_NAMES + _ADDED_CLOCKS * new)
    if sample and date is not None and clock is not None:
        pair = (names.index(date), names.index(clock))
        if sum(is_clock(row[pair[1]], rules) for row in sample) >= needed:
            return pair
    usual = [names.index(name) for candidate in TIME_NAMES + _ADDED_TIMES * new if (name := pick(names, (candidate,)))]
    if by_name:
        return tuple(usual[:1])
    if not sample:
        return ()
    for column in usual:
        if sum(parse_time(row[column], rules=rules) is not None for row in sample) >= needed:
            return (column,)
    # Without a usual name only dates count: most numeric columns are measurements.
    for column, name in enumerate(names):
        if name and name not in hidden and sum(parse_date(row[column], rules=rules) is not None for row in sample) >= needed:
            return (column,)
    return ()


def present(wanted: str, known: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the name of a ``wanted`` column; ``known``: the ``names`` by their lower case. Raises `InputError`
    no_such_column."""
    name = known.get(wanted.strip().lower())
    if name is None:
        shown = ", ".join(names[:20]) + (" ..." if len(names) > 20 else "")
        raise InputError(f"The table has no column {wanted!r}; it has {shown}.", code="no_such_column", column=wanted)
    return name


def check_count(columns: int) -> None:
    """Raise `InputError` too_many_columns when there are more than ``MAX_COLUMNS``."""
    advice = "One row is one step: are rows and columns swapped?"
    message = f"The table has {columns:,} columns; at most {MAX_COLUMNS:,} are read. {advice}"
    check_limit(columns, MAX_COLUMNS, message, "too_many_columns")


def check_distinct(names: Sequence[str]) -> None:
    """Raise `InputError` duplicate_columns when a name occurs twice."""
    if repeated := [column for column, times in Counter(names).items() if times > 1]:
        raise InputError(
            f"The column {repeated[0]!r} occurs twice. Put a name of its own over every column.",
            code="duplicate_columns",
            column=repeated[0],
        )
