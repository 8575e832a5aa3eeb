"""Which column or key holds the time, the level and the source, by name."""

from collections.abc import Iterable

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
KNOWN_NAMES = frozenset((*TIME_NAMES, *DATE_NAMES, *CLOCK_NAMES, *LEVEL_NAMES, *SOURCE_NAMES, "message", "msg", "event"))


def pick(names: Iterable[str], wanted: tuple[str, ...]) -> str | None:
    """The name that stands first in `wanted`, ignoring case and outer spaces."""
    found = {name.strip().lower(): name for name in reversed(list(names))}
    return next((found[want] for want in wanted if want in found), None)


def key_values(pairs: Iterable[tuple[str, str]]) -> str:
    """`key=value key=value`, in the order given."""
    return " ".join(f"{key}={value}" for key, value in pairs)
