"""An alarm list of a machining centre in an Excel workbook, in German. Coolant runs low; sixty alarms later the spindle stops.

Doors, missing material, worn tools, a bar feeder and the change of shifts belong to a usual day; every alarm comes and goes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
from openpyxl import Workbook

from tests.benchmarks.newcomer.files import PlantedFile, Record, Role, planted_file, side_by_side, with_block

Told = tuple[float, str, int, int, str, str]
"""Seconds after the beginning, machine, number, priority, message and state of an alarm."""
_DISTANCE, _LINES = 60, (260, 400)
_HEAD = ("Zeitstempel", "Anlage", "Nummer", "Priorität", "Meldungstext", "Status")
_USUAL = (
    ("BAZ-01", 510_110, 3, "Schutztür Beladeseite geöffnet", 30.0),
    ("BAZ-01", 700_016, 2, "Material fehlt im Stangenlader", 200.0),
    ("BAZ-01", 700_101, 3, "Werkzeug Vorwarngrenze Standzeit erreicht", 400.0),
    ("LADER-01", 710_004, 3, "Palette nicht in Position, Bediener quittieren", 60.0),
    ("BAZ-01", 700_020, 3, "Späneförderer voll", 120.0),
    ("MESS-01", 720_310, 3, "Messtaster Batterie schwach", 900.0),
    ("BAZ-01", 510_300, 2, "Vorschub über Override auf 0 %", 20.0),
)
_OFTEN = (0.31, 0.2, 0.2, 0.12, 0.1, 0.04, 0.03)
_RARE = (
    ("BAZ-01", 700_555, 3, "Wartung Linearführung fällig (500 h)", 5.0),
    ("LADER-01", 710_090, 2, "Greifer nicht referenziert", 90.0),
    ("BAZ-01", 120_201, 1, "Kommunikation zur HMI ausgefallen", 12.0),
    ("MESS-01", 720_002, 2, "Messprogramm abgebrochen durch Bediener", 8.0),
)


def make(rng: np.random.Generator, name: str, faulty: bool) -> PlantedFile:
    """Return a workbook with one sheet, its header in the first row."""
    records = side_by_side(rng, int(rng.integers(*_LINES)), 240.0, _alarm)
    if rng.random() < 0.4:
        records = with_block(records, int(rng.integers(20, 200)), _restart())
    if faulty:
        at = int(rng.integers(60, 150))
        low = "Kühlmittelstand niedrig"
        records = with_block(records, at, _rows([(0.0, "BAZ-01", 700_410, 3, low, "gekommen")], "cause"))
        records = with_block(records, at + _DISTANCE, _rows(_spindle(rng), "fault"))
    return planted_file(f"{name}.xlsx", _workbook(records), records, range(2, len(records) + 2), _message)


def _message(record: Record) -> str:
    return record.cells[3]


def _rows(told: Sequence[Told], role: Role = "") -> list[Record]:
    return [
        Record(after, (place, str(number), str(rank), text, state), role) for after, place, number, rank, text, state in told
    ]


def _alarm(rng: np.random.Generator, clock: float) -> Iterator[Record]:
    if rng.random() < 0.02:
        place, number, rank, text, usual = _RARE[rng.integers(len(_RARE))]
    else:
        place, number, rank, text, usual = _USUAL[rng.choice(len(_USUAL), p=_OFTEN)]
    gone = float(rng.exponential(usual)) + 2
    for record in _rows([(0.0, place, number, rank, text, "gekommen"), (gone, place, number, rank, text, "gegangen")]):
        yield Record(clock + record.time, record.cells)


def _spindle(rng: np.random.Generator) -> list[Told]:
    hot = float(rng.uniform(40, 120))
    return [
        (0.0, "BAZ-01", 300_701, 2, "Spindel Temperatur Lager vorne über Warngrenze", "gekommen"),
        (hot, "BAZ-01", 300_702, 1, "Spindel Temperatur Lager vorne über Abschaltgrenze", "gekommen"),
        (hot + 1, "BAZ-01", 25_080, 1, "Achse S1: Antrieb abgeschaltet", "gekommen"),
        (hot + 2, "BAZ-01", 510_001, 1, "NC-Programm durch Fehler gestoppt", "gekommen"),
        (hot + 900, "BAZ-01", 25_080, 1, "Achse S1: Antrieb abgeschaltet", "gegangen"),
    ]


def _restart() -> list[Record]:
    texts = ("Hauptschalter aus", "Steuerung hochgelaufen", "Referenzpunkte aller Achsen angefahren")
    return _rows([(20.0 * place, "BAZ-01", 500_000 + place, 3, text, "gekommen") for place, text in enumerate(texts)])


def _workbook(records: Sequence[Record]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(_HEAD)
    for record in records:
        place, number, rank, text, state = record.cells
        when = datetime.fromtimestamp(round(record.time), UTC).replace(tzinfo=None)
        sheet.append((when, place, int(number), int(rank), text, state))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
