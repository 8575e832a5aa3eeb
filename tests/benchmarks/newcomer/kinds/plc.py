"""A dump of a programmable logic controller in Shift-JIS. An actuator does not report its end position any more.

Four stations pass on workpieces. The sensor of one actuator was adjusted some four hundred lines before; then it stays silent
several times. In two of three files the controller notices it and raises an alarm; in the others it waits and goes on.

Logins, doors, missing parts, adjustments without consequences and a restart belong to a usual shift.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tests.benchmarks.newcomer.files import PlantedFile, Record, log_file, morning, stamp, with_block

_DISTANCE, _LINES = 400, (1_600, 2_300)
_LOUD = 2 / 3
_MISSES = (3, 7)
_ACTUATORS = {"ST01": "CYL1", "ST02": "CYL2", "ST03": "CYL3", "ST04": "CYL4"}
_PEOPLE = ("佐藤", "鈴木", "田中")


@dataclass(frozen=True, slots=True)
class _Silent:
    """What is wrong: from a time on, the actuator of a ``station`` misses its end position ``misses`` times; ``loud``: the
    controller raises an alarm."""

    station: str
    misses: int
    loud: bool


def make(rng: np.random.Generator, name: str, faulty: bool) -> PlantedFile:
    """Return a dump of one shift."""
    count, clock = int(rng.integers(*_LINES)), morning(rng)
    begins = int(rng.integers(700, 1_100))
    silent = _Silent(tuple(_ACTUATORS)[rng.integers(4)], int(rng.integers(*_MISSES)), rng.random() < _LOUD)
    left = silent.misses if faulty else 0
    records: list[Record] = []
    number = int(rng.integers(1_000, 9_000))
    while len(records) < count:
        for place, station in enumerate(_ACTUATORS):
            missed = left > 0 and station == silent.station and len(records) >= begins and rng.random() < 0.6
            left -= missed
            records += _cycle(rng, clock + 6.0 * place, station, number + len(_ACTUATORS) - place, silent if missed else None)
        records += _aside(rng, clock)
        clock, number = clock + float(rng.normal(13.0, 0.4)), number + 1
    records = sorted(records, key=lambda record: record.time)[:count]
    if rng.random() < 0.4:
        records = with_block(records, int(rng.integers(100, 600)), _restart())
    if faulty:
        first = next(place for place, record in enumerate(records) if record.role == "fault")
        text = f"{silent.station} 保全 {_ACTUATORS[silent.station]} 前進端センサ 位置調整 実施"
        records = with_block(records, first - _DISTANCE, [Record(0.0, (text,), "cause")])
    return log_file(f"{name}.txt", records, _line, "cp932")


def _cycle(rng: np.random.Generator, clock: float, station: str, number: int, silent: _Silent | None) -> Iterator[Record]:
    actuator = _ACTUATORS[station]
    head = [(0.0, f"ワーク到着 No.{number}"), (0.3, "クランプ 閉 指令"), (0.6, "クランプ 閉 確認")]
    for after, text in head:
        yield _told(rng, clock + after, station, text)
    clock += 0.9
    if silent is None:
        yield _told(rng, clock, station, f"{actuator} 前進 指令")
        taken = float(rng.normal(0.82, 0.04))
        yield _told(rng, clock + taken, station, f"{actuator} 前進端 確認 {1_000 * taken:.0f}ms")
    else:
        yield Record(clock, (f"{station} {actuator} 前進 指令",), "fault")
        if silent.loud:
            alarm = (f"異常 E214 {actuator} 前進端 未確認 タイムアウト", "サイクル 停止", "異常 リセット 操作者")
            for place, text in enumerate(alarm):
                yield Record(clock + 5.0 + 2.5 * place, (f"{station} {text}",), "fault")
            clock += 11.0
        else:
            clock += 4.0
    load = float(rng.normal(41.5, 1.2))
    rest = [
        (1.1, "加工 開始"),
        (4.6, f"加工 完了 負荷 {load:.1f}%"),
        (4.8, f"{actuator} 後退 指令"),
        (5.6, f"{actuator} 後退端 確認 {rng.normal(790, 35):.0f}ms"),
        (5.8, "クランプ 開 指令"),
        (6.1, "クランプ 開 確認"),
        (6.5, f"ワーク搬出 No.{number} 判定 {'NG' if rng.random() < 0.01 else 'OK'}"),
    ]
    for after, text in rest:
        yield _told(rng, clock + after, station, text)


def _told(rng: np.random.Generator, clock: float, station: str, text: str) -> Record:
    return Record(clock + float(rng.uniform(0, 0.05)), (f"{station} {text}",))


def _aside(rng: np.random.Generator, clock: float) -> Iterator[Record]:
    kind, who = rng.random(), _PEOPLE[rng.integers(len(_PEOPLE))]
    station = tuple(_ACTUATORS)[rng.integers(4)]
    if kind < 0.08:
        yield Record(clock, (f"LINE エア圧 {rng.normal(0.52, 0.01):.2f}MPa 油温 {rng.normal(43, 1):.1f}℃",))
    elif kind < 0.12:
        yield Record(clock, (f"{station} 部品補給 要求",))
        yield Record(clock + float(rng.uniform(8, 40)), (f"{station} 部品補給 完了 操作者 {who}",))
    elif kind < 0.14:
        yield Record(clock, (f"HMI ログイン {who}",))
        yield Record(clock + float(rng.uniform(20, 200)), (f"HMI ログアウト {who}",))
    elif kind < 0.147:
        yield Record(clock, (f"{station} 安全扉 開",))
        yield Record(clock + float(rng.uniform(3, 20)), (f"{station} 安全扉 閉",))
    elif kind < 0.152:
        yield Record(clock, (f"{station} 保全 {_ACTUATORS[station]} グリス補給 実施",))
    elif kind < 0.155:
        yield Record(clock, (f"警告 W031 {station} フィルタ 清掃時期",))


def _restart() -> list[Record]:
    texts = (
        "CPU 電源 OFF 検出",
        "CPU 起動 Ver.3.42",
        "CPU 自己診断 正常",
        "CPU パラメータ 読込 完了",
        "LINE 原点復帰 完了",
        "LINE 自動運転 開始",
    )
    return [Record(0.02 * place, (text,)) for place, text in enumerate(texts)]


def _line(record: Record) -> str:
    return f"{stamp(record.time, '%Y/%m/%d %H:%M:%S')}.{int(record.time % 1 * 1_000):03} {record.cells[0]}"
