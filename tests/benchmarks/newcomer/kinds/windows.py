"""Windows events of an office machine on the shop floor, in two spellings and with one fault each.

``make_export``: PowerShell's table, oldest first; a disk has one slow access, and five hundred events later it has bad blocks.
``make_viewer``: what the Event Viewer saves, newest first, with a sixth, nameless column and messages over several lines;
a driver is updated, and a hundred events later the network is lost again and again.

Sleep and waking, updates, services, a restart, and the warnings that every such machine has belong to a usual day.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from tests.benchmarks.newcomer.files import PlantedFile, Record, Role, planted_file, side_by_side, stamp, with_block

_EXPORT_LINES, _EXPORT_DISTANCE = (1_500, 1_900), 500
_VIEWER_LINES, _VIEWER_DISTANCE = (280, 400), 100
_SERVICES = (
    *("Windows Update", "Background Intelligent Transfer Service", "Print Spooler", "WMI Performance Adapter"),
    *("Device Setup Manager", "Software Protection", "Windows Modules Installer", "Network Setup Service"),
    *("Historian Data Collector", "Application Information", "Windows Error Reporting Service"),
)
_UPDATES = (
    "Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version 1.421.{n}.0)",
    "2026-11 Cumulative Update for Windows 10 Version 22H2 for x64-based Systems (KB50661{n})",
    "9WZDNCRFJ3PT-Microsoft.ZuneMusic",
)
_DRIVER = "Intel - net - 12.19.2.65"
_HOSTS = ("time.windows.com", "wpad.plant.local", "settings-win.data.microsoft.com")
Told = tuple[float, str, str, int, str]
"""Seconds after the beginning, level, source, number and message of an event."""


def make_export(rng: np.random.Generator, name: str, faulty: bool) -> PlantedFile:
    """Return the table that ``Get-WinEvent -Oldest | Export-Csv`` writes."""
    records = side_by_side(rng, int(rng.integers(*_EXPORT_LINES)), 45.0, _activity)
    if faulty:
        at = int(rng.integers(200, 800))
        slow = f"The IO operation at logical block address 0x{rng.integers(2**28):x} for Disk 1 was retried."
        records = with_block(records, at, _records([(0.0, "Warning", "disk", 153, slow)], "cause"))
        records = with_block(records, at + _EXPORT_DISTANCE, _records(_bad_disk(rng), "fault"))
    head = ("TimeCreated", "Id", "LevelDisplayName", "ProviderName", "Message")
    rows = [
        (stamp(record.time, "%m/%d/%Y %I:%M:%S %p"), number, level, source, message)
        for record in records
        for level, source, number, message in [record.cells]
    ]
    text = _csv([head, *rows], csv.QUOTE_ALL)
    return planted_file(f"{name}.csv", text.encode(), records, range(2, len(rows) + 2), _first_line)


def make_viewer(rng: np.random.Generator, name: str, faulty: bool) -> PlantedFile:
    """Return the table that the Event Viewer's *Save all events as* writes."""
    records = [_longer(record) for record in side_by_side(rng, int(rng.integers(*_VIEWER_LINES)), 200.0, _activity)]
    if faulty:
        at = int(rng.integers(40, 140))
        installed = f"Installation Successful: Windows successfully installed the following update: {_DRIVER}"
        source = "Microsoft-Windows-WindowsUpdateClient"
        records = with_block(records, at, _records([(0.0, "Information", source, 19, installed)], "cause"))
        records = with_block(records, at + _VIEWER_DISTANCE, _records(_lost_network(rng), "fault"))
    records = records[::-1]
    head = ("Level", "Date and Time", "Source", "Event ID", "Task Category")
    lines, line = [], 2
    rows = []
    for record in records:
        level, source, number, message = record.cells
        rows.append((level, stamp(record.time, "%m/%d/%Y %I:%M:%S %p"), source, number, "None", message))
        lines.append(line)
        line += 1 + message.count("\n")
    text = _csv([head, *rows], csv.QUOTE_MINIMAL).replace("\n", "\r\n")
    return planted_file(f"{name}.csv", b"\xef\xbb\xbf" + text.encode(), records, lines, _first_line)


def _csv(rows: Sequence[Sequence[str]], quoting: Literal[0, 1]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _first_line(record: Record) -> str:
    return record.cells[-1].partition("\n")[0]


def _records(told: Sequence[Told], role: Role = "") -> list[Record]:
    return [Record(after, (level, source, str(number), message), role) for after, level, source, number, message in told]


def _activity(rng: np.random.Generator, clock: float) -> Iterator[Record]:
    kind = rng.random()
    if kind < 0.55:
        told = _service(rng)
    elif kind < 0.7:
        told = _update(rng)
    elif kind < 0.84:
        told = _usual_warning(rng)
    elif kind < 0.9:
        policy = "The Group Policy settings for the computer were processed successfully. There were no changes detected."
        told = [(0.0, "Information", "Microsoft-Windows-GroupPolicy", 1500, policy)]
    elif kind < 0.94:
        told = _sleep(rng)
    elif kind < 0.988:
        synced = f"The time service is now synchronizing the system time with the time source {_HOSTS[0]},0x9."
        told = [(0.0, "Information", "Microsoft-Windows-Time-Service", 35, synced)]
    elif kind < 0.996:
        told = _rare(rng)
    else:
        told = _restart()
    return (replace(record, time=clock + record.time) for record in _records(told))


def _service(rng: np.random.Generator) -> list[Told]:
    name, stay = _SERVICES[rng.integers(len(_SERVICES))], float(rng.exponential(300)) + 2
    return [
        (after, "Information", "Service Control Manager", 7036, f"The {name} service entered the {state} state.")
        for after, state in ((0.0, "running"), (stay, "stopped"))
    ]


def _update(rng: np.random.Generator) -> list[Told]:
    what, source = (
        _UPDATES[rng.integers(len(_UPDATES))].format(n=rng.integers(10, 900)),
        "Microsoft-Windows-WindowsUpdateClient",
    )
    told: list[Told] = [
        (0.0, "Information", source, 44, f"Windows Update started downloading an update: {what}"),
        (40.0, "Information", source, 43, f"Installation Started: Windows has started installing the following update: {what}"),
    ]
    done = f"Installation Successful: Windows successfully installed the following update: {what}"
    failed = f"Installation Failure: Windows failed to install the following update with error 0x80073D02: {what}."
    return [*told, (90.0, "Error", source, 20, failed) if rng.random() < 0.03 else (90.0, "Information", source, 19, done)]


def _usual_warning(rng: np.random.Generator) -> list[Told]:
    if rng.random() < 0.6:
        text = (
            "The application-specific permission settings do not grant Local Activation permission for the COM Server "
            "application with CLSID {2593F8B9-4EAF-457C-B68A-50F6B8EA6B54} to the user PLANT\\operator."
        )
        return [(0.0, "Warning", "Microsoft-Windows-DistributedCOM", 10016, text)]
    host = _HOSTS[rng.integers(len(_HOSTS))]
    text = f"Name resolution for the name {host} timed out after none of the configured DNS servers responded."
    return [(0.0, "Warning", "Microsoft-Windows-DNS-Client", 1014, text)]


def _sleep(rng: np.random.Generator) -> list[Told]:
    asleep = float(rng.exponential(1_200)) + 60
    return [
        (0.0, "Information", "Microsoft-Windows-Kernel-Power", 42, "The system is entering sleep."),
        (asleep, "Information", "Microsoft-Windows-Kernel-Power", 107, "The system has resumed from sleep."),
        (
            asleep + 2,
            "Information",
            "Microsoft-Windows-Power-Troubleshooter",
            1,
            "The system has returned from a low power state.",
        ),
    ]


def _rare(rng: np.random.Generator) -> list[Told]:
    rare: list[Told] = [
        (0.0, "Error", "Schannel", 36887, "A fatal alert was received from the remote endpoint. The alert code is 46."),
        (
            0.0,
            "Warning",
            "Microsoft-Windows-Time-Service",
            134,
            "NtpClient was unable to set a manual peer: name resolution failed.",
        ),
        (
            0.0,
            "Information",
            "Microsoft-Windows-UserPnp",
            20001,
            "Driver Management concluded the process to install driver usb.inf.",
        ),
        (0.0, "Warning", "Print", 20, "Printer Driver Brother HL-L6400DW was added or updated."),
        (
            0.0,
            "Information",
            "volsnap",
            33,
            "The oldest shadow copy of volume C: was deleted to keep disk space usage below the limit.",
        ),
    ]
    return [rare[rng.integers(len(rare))]]


def _restart() -> list[Told]:
    return [
        (0.0, "Information", "User32", 1074, "The process C:\\Windows\\System32\\RuntimeBroker.exe has initiated the restart."),
        (6.0, "Information", "EventLog", 6006, "The Event log service was stopped."),
        (9.0, "Information", "Microsoft-Windows-Kernel-General", 13, "The operating system is shutting down at system time."),
        (31.0, "Information", "Microsoft-Windows-Kernel-General", 12, "The operating system started at system time."),
        (33.0, "Information", "EventLog", 6009, "Microsoft (R) Windows (R) 10.00. 19045 Multiprocessor Free."),
        (33.5, "Information", "EventLog", 6005, "The Event log service was started."),
    ]


def _bad_disk(rng: np.random.Generator) -> list[Told]:
    blocks = [float(after) for after in np.sort(rng.uniform(0, 400, int(rng.integers(3, 7))))]
    told: list[Told] = [
        (after, "Error", "disk", 7, "The device, \\Device\\Harddisk1\\DR1, has a bad block.") for after in blocks
    ]
    broken = "A corruption was discovered in the file system structure on volume D:."
    ended = "The Historian Data Collector service terminated unexpectedly. It has done this 1 time(s)."
    return [
        *told,
        (blocks[-1] + 3, "Error", "Microsoft-Windows-Ntfs", 55, broken),
        (blocks[-1] + 9, "Error", "Service Control Manager", 7034, ended),
    ]


def _lost_network(rng: np.random.Generator) -> list[Told]:
    link = "Intel(R) Ethernet Connection (17) I219-LM\nNetwork link is disconnected."
    told: list[Told] = [
        (float(after), "Warning", "e1dexpress", 27, link) for after in np.sort(rng.uniform(0, 900, int(rng.integers(3, 6))))
    ]
    domain = (
        "This computer was not able to set up a secure session with a domain controller in domain PLANT.\n"
        "This may lead to authentication problems.\nMake sure that this computer is connected to the network."
    )
    policy = "The processing of Group Policy failed because of lack of network connectivity to a domain controller."
    return [
        *told,
        (905.0, "Error", "NETLOGON", 5719, domain),
        (960.0, "Error", "Microsoft-Windows-GroupPolicy", 1129, policy),
    ]


def _longer(record: Record) -> Record:
    """Return the event as the Event Viewer tells it: some messages have several lines."""
    level, source, number, message = record.cells
    more = {
        "10016": "\nThis security permission can be modified using the Component Services administrative tool.",
        "1": "\n\nSleep Time: as above\nWake Source: Device - Intel(R) USB 3.10 eXtensible Host Controller",
        "1074": "\nReason Code: 0x80020003\nShutdown Type: restart\nComment:",
    }
    return replace(record, cells=(level, source, number, message + more.get(number, "")))
