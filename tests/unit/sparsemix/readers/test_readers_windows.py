"""Events as Windows writes them: CSV, text and XML of the Event Viewer, tables of PowerShell."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from sparsemix.dataset import read_files
from sparsemix.errors import InputError
from sparsemix.readers import Limits, ReadOptions, read_bytes

MORNING = datetime(2026, 11, 13, 5, 53, 29, tzinfo=UTC).timestamp()

ENGLISH = """\
Level,Date and Time,Source,Event ID,Task Category
Information,11/13/2026 5:55:02 PM,Service Control Manager,7036,None,The Print Spooler service entered the running state.
Warning,11/13/2026 5:54:10 AM,Disk,51,None,"An error was detected on device \\Device\\Harddisk1\\DR1, ""D:"",
during a paging operation."
Error,11/13/2026 5:53:29 AM,Disk,7,None,"The device, \\Device\\Harddisk1\\DR1, has a bad block."
"""
GERMAN = """\
Ebene,Datum und Uhrzeit,Quelle,Ereignis-ID,Aufgabenkategorie
Informationen,13.11.2026 05:54:10,Service Control Manager,7036,Keine,Dienst "Druckwarteschlange" ist jetzt "Ausgeführt".
Fehler,13.11.2026 05:53:29,Disk,7,Keine,"Das Gerät \\Device\\Harddisk1\\DR1 hat einen fehlerhaften Block."
"""
JAPANESE = """\
レベル,日付と時刻,ソース,イベント ID,タスクのカテゴリ
情報,2026/11/13 5:54:10,Service Control Manager,7036,なし,Print Spooler サービスは 実行中 状態に移行しました。
エラー,2026/11/13 5:53:29,Disk,7,なし,"デバイス \\Device\\Harddisk1\\DR1 に不良ブロックがあります。"
"""
TEXT = """\
Level\tDate and Time\tSource\tEvent ID\tTask Category
Information\t11/13/2026 5:54:10 AM\tUser32\t1074\t(17)\tThe process was asked to restart by user PLANT\\lee for:
 Reason Code: 0x500ff
 Shutdown Type:\trestart
Error\t11/13/2026 5:53:29 AM\tDisk\t7\tNone\tThe device has a bad block.
"""
POWERSHELL = """\
#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord
"Message","Id","Version","Level","RecordId","ProviderName","TimeCreated","LevelDisplayName"
"The Print Spooler service
entered the running state.","7036","0","4","812","Service Control Manager","11/13/2026 5:54:10 AM","Information"
"The device has a bad block.","7","","2","811","disk","11/13/2026 5:53:29 AM","Error"
"""
NAMESPACE = 'xmlns="http://schemas.microsoft.com/win/2004/08/events/event"'
EVENT = f"""<Event {NAMESPACE}><System><Provider Name="disk"/><EventID Qualifiers="49156">7</EventID><Level>2</Level>
<TimeCreated SystemTime="2026-11-13T05:53:29.1234567Z"/><EventRecordID>811</EventRecordID><Computer>line4</Computer></System>
<EventData><Data>\\Device\\Harddisk1</Data><Data Name="Count">3</Data></EventData></Event>"""
RENDERED = f"""<Event {NAMESPACE}><System><Provider Name="Service Control Manager"/><EventID>7036</EventID><Level>4</Level>
<TimeCreated SystemTime="2026-11-13T05:54:10Z"/><Computer>line4</Computer></System>
<EventData><Data Name="param1">x</Data></EventData><RenderingInfo Culture="de-DE">
<Message>Der Dienst l&#228;uft &amp; wartet.</Message><Level>Informationen</Level></RenderingInfo></Event>"""
XML = f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<Events>{RENDERED}{EVENT}</Events>'


def test_the_event_viewers_csv_is_read_from_the_first_event_to_the_last() -> None:
    for name in ("events.csv", "events.txt"):
        sequence = read_bytes(b"\xef\xbb\xbf" + ENGLISH.replace("\n", "\r\n").encode(), name)
        assert [event.message for event in sequence.events] == [
            "Error Disk 7 The device, \\Device\\Harddisk1\\DR1, has a bad block.",
            'Warning Disk 51 An error was detected on device \\Device\\Harddisk1\\DR1, "D:",\nduring a paging operation.',
            "Information Service Control Manager 7036 The Print Spooler service entered the running state.",
        ]
        assert [(event.level, event.source, event.line) for event in sequence.events] == [
            ("ERROR", "Disk", 5),
            ("WARN", "Disk", 3),
            ("INFO", "Service Control Manager", 2),
        ]
        assert [event.time for event in sequence.events] == [MORNING, MORNING + 41, MORNING + 93 + 12 * 3600]
        assert {"event_table:Message", "turned_round"} <= set(sequence.notes)
    data = read_files([("events.csv", ENGLISH.encode())], "events")
    assert [event.line for event in data.items[0].sequence.events] == [5, 3, 2]


@pytest.mark.parametrize(("text", "word"), [(GERMAN, "Fehler"), (JAPANESE, "エラー")])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_languages_have_other_names_and_levels(text: str, word: str, encoding: str) -> None:
    sequence = read_bytes(text.encode(encoding), "events.csv")
    first, second = sequence.events
    assert first.message.startswith(f"{word} Disk 7 ")
    assert (first.level, first.time, second.level, second.time) == ("ERROR", MORNING, "INFO", MORNING + 41)


def test_the_event_viewers_text_has_messages_of_several_lines_without_quotes() -> None:
    for sequence in (read_bytes(TEXT.encode(), "e.txt"), read_files([("e.txt", TEXT.encode())], "e").items[0].sequence):
        first, second = sequence.events
        assert first.message == "Error Disk 7 The device has a bad block."
        assert second.message == (
            "Information User32 1074 The process was asked to restart by user PLANT\\lee for:\n Reason Code: 0x500ff\n"
            " Shutdown Type:\trestart Task Category=(17)"
        )
        assert second.time == MORNING + 41


def test_powershells_table_is_read_and_what_is_left_out_is_named() -> None:
    sequence = read_bytes(POWERSHELL.encode(), "events.csv")
    first, second = sequence.events
    assert (first.message, first.time, first.level) == ("Error disk 7 The device has a bad block.", MORNING, "ERROR")
    assert second.message == "Information Service Control Manager 7036 The Print Spooler service\nentered the running state."
    assert "columns_left_out:Version, Level, RecordId" in sequence.notes
    assert sequence.skipped_counts == {"type_line": 1}
    assert len(read_files([("events.csv", POWERSHELL.encode())], "events").items[0]) == 2
    numbers = POWERSHELL.replace(',"LevelDisplayName"', "").replace(',"Information"', "").replace(',"Error"', "")
    assert [event.message[:10] for event in read_bytes(numbers.encode(), "e.csv").events] == ["Error disk", "Informatio"]


@pytest.mark.parametrize("text", [XML, f"{RENDERED}\n{EVENT}\n", f"\n{XML}"], ids=["saved", "printed", "blank"])
def test_the_event_viewers_xml_is_read(text: str) -> None:
    for name in ("events.xml", "events.txt"):
        sequence = read_bytes(text.encode(), name)
        first, second = sequence.events
        assert first.message == "Error disk 7 \\Device\\Harddisk1 Count=3 Computer=line4"
        assert (first.time, first.level) == (pytest.approx(MORNING + 0.1234567), "ERROR")
        assert second.message == "Informationen Service Control Manager 7036 Der Dienst läuft & wartet. Computer=line4"
        assert (first.line, second.line) == (2, 1)
        assert {"event_xml", "turned_round"} <= set(sequence.notes)
    assert len(read_files([("events.xml", text.encode())], "events").items[0]) == 2


@pytest.mark.parametrize(
    "text",
    [
        XML[:-20],
        XML.replace("<Events>", '<Events><!DOCTYPE a [<!ENTITY x "aaaa">]>').replace(">x<", ">&x;<"),
        f"<Events><Event {NAMESPACE}>" + "<a>" * 50 + "</a>" * 50 + "</Event></Events>",
        XML.replace("x</Data>", "&unknown;</Data>"),
    ],
    ids=["cut", "entity", "deep", "unknown"],
)
def test_xml_that_is_broken_or_defines_anything_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="line") as caught:
        read_bytes(text.encode(), "events.xml")
    assert caught.value.code == "bad_event_xml"


def test_limits_hold_for_xml_and_for_long_messages() -> None:
    with pytest.raises(InputError) as caught:
        read_bytes(f"<Events>{EVENT * 5}</Events>".encode(), "e.xml", Limits(max_events=4))
    assert caught.value.code == "too_many_events"
    long = read_bytes(XML.replace(">x<", f">{'x' * 50_000}<").replace("wartet", "w" * 50_000).encode(), "e.xml")
    assert max(len(event.message) for event in long.events) == 10_000
    endless = TEXT.rstrip("\n") + "\n and so on" * 100_000
    began = time.monotonic()
    assert len(read_bytes(endless.encode(), "e.txt")) == 2
    assert time.monotonic() - began < 20


def test_a_list_that_was_sorted_on_the_screen_is_sorted_by_time() -> None:
    head, *_ = ENGLISH.splitlines()
    rows = [f"Error,11/13/2026 5:{minute:02}:00 AM,Disk,{minute},None,minute {minute}" for minute in (30, 10, 50, 20, 40)]
    sequence = read_bytes("\n".join([head, *rows]).encode(), "e.csv")
    assert [event.message.rpartition(" ")[2] for event in sequence.events] == ["10", "20", "30", "40", "50"]
    assert "sorted_by_time" in sequence.notes


def test_earlier_rules_refuse_the_event_viewers_csv_as_they_did() -> None:
    with pytest.raises(InputError) as caught:
        read_bytes(ENGLISH.encode(), "events.csv", options=ReadOptions(rules=2))
    assert caught.value.code == "too_few_events"


def test_the_binary_log_of_windows_is_named() -> None:
    with pytest.raises(InputError, match="evtx") as caught:
        read_bytes(b"ElfFile\0" + bytes(100), "System.evtx")
    assert caught.value.code == "binary"
