"""Causes as words and tables: what a page says of a line and of a variable, and the fields of its files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.features.analyse.explain.views.causes import (
    alarm_words,
    cause_words,
    chosen_moment,
    missing_words,
    moment_words,
    offered_alarms,
    variable_fields,
    variable_table,
    where_words,
)
from dashboard.texts import Texts
from dashboard.views.files import to_csv
from sparsemix.causes.event_table import read_event_table
from sparsemix.causes.lines import ExplainedLine, LineCause
from sparsemix.causes.missing_lines import MissingLine
from sparsemix.causes.ranking import Cause, CauseEvidence
from sparsemix.explain.intervention import Pair

ENGLISH, JAPANESE = Texts("en"), Texts("ja")
FIRST = LineCause(
    *(4, 5, "order A17\nheld", 118, 1.5, ("A17", "ST05"), 2.5, 0.25, 1.25, (Pair(1, 0, 9, 4), Pair(0, 2, 9, 4)), None, True)
)
SECOND = LineCause(10, 11, "=cmd()", -1, None, (), -0.0001, 0.9, 0.5, (Pair(0, 0, 4, 10),), 5, False)
MISSING = MissingLine("before", "order <*> <b>picked</b>", 7, "order A18 <b>picked</b>", 48, 50, 12, "A17")
EXPLAINED = ExplainedLine(10, "a line", 0.9, (FIRST, SECOND), (MISSING,))
EVIDENCE = CauseEvidence("pump", "<on>", 6.0, 0, 2.5)
VARIABLES = [
    Cause("valve", "open", 6.5, 41, 4.3, True, False, 0.5, (EVIDENCE, EVIDENCE)),
    Cause("counter", "7", 0.2, 9, 0.0, False, False, 0.0, ()),
]
TABLE = read_event_table(
    b"time,node,value,type\n1,A,1,alarm\n2,A,0,alarm\n3,B,1,alarm\n4,C,1,alarm\n5,A,1,alarm\n6,A,0,alarm\n", "run.csv"
)


def test_a_line_is_told_with_its_place_and_what_the_decision_would_be() -> None:
    assert where_words(FIRST, ENGLISH) == "118 lines (1.5 s) earlier, same A17, ST05"
    assert where_words(SECOND, ENGLISH) == "1 line later, read by way of line 5"
    assert where_words(SECOND, JAPANESE) == "1 行後、5 行目を経由"
    said = cause_words(EXPLAINED, FIRST, ENGLISH).replace("\\", "")
    assert (
        said.startswith("**Line 5**, 118 lines")
        and ": effect +2.50." in said
        and "the probability of line 10 goes from 90.0% to 25.0%" in said
    )
    assert "stays at 90.0%" in cause_words(EXPLAINED, SECOND, ENGLISH).replace("\\", "")


def test_a_missing_line_is_told_with_its_count_and_escaped() -> None:
    said = missing_words(MISSING, ENGLISH)
    assert "48 of 50 other groups" in said and "usually 12 lines earlier" in said and "<b>" not in said
    assert "\\<b\\>picked" in said
    assert "50 件のうち 48 件" in missing_words(MISSING, JAPANESE) and "12 行前" in missing_words(MISSING, JAPANESE)
    after = replace(MISSING, side="after", lines=1, identifier=None)
    assert missing_words(after, ENGLISH).startswith("**Expected after it**") and "1 line later" in missing_words(after, ENGLISH)
    assert "A17" in said and "line 7" in said and "A17" not in missing_words(after, ENGLISH)


def test_variables_stand_with_their_evidence() -> None:
    shown = variable_table(VARIABLES, 12, ENGLISH)
    assert shown["evidence"].tolist() == ["pump = <on> (6.0 s)", ""] and shown["runs"].tolist() == ["0 / 12", ""]
    fields = variable_fields([*VARIABLES, replace(VARIABLES[1], value="=cmd()")])
    assert b"'=cmd()" in to_csv(fields)
    fields = variable_fields(VARIABLES)
    assert fields["variable"].tolist() == ["valve", "valve", "counter"]
    assert {"value", "since", "line", "score", "alike", "evidence.other", "evidence.runs"} <= set(fields.columns)


def test_alarms_are_offered_with_those_that_are_still_active_first() -> None:
    offered = offered_alarms(TABLE)
    assert [alarm for _, _, alarm in offered] == ["C", "B", "A", "A"]
    assert [spell[0] for spell in offered] == [
        4.0,
        3.0,
        5.0,
        1.0,
    ]
    assert alarm_words(offered[0], ENGLISH) == "C · since 4 s, still active at the end"
    assert alarm_words(offered[2], JAPANESE) == "A · 5 秒 から 6 秒 まで"
    assert alarm_words("7.5", ENGLISH) == "7.5"


def test_a_moment_is_that_of_an_alarm_or_a_typed_time() -> None:
    offered = offered_alarms(TABLE)
    assert [chosen_moment(TABLE, spell) for spell in offered] == [pytest.approx(spell[0] + 0.05) for spell in offered]
    assert chosen_moment(TABLE, "7.5") == 7.5 and chosen_moment(TABLE, "soon") is None
    assert chosen_moment(TABLE, "1") == 1.0 and chosen_moment(TABLE, "0.9") is None
    assert moment_words(1772445600.0, ENGLISH) == "2026-03-02 10:00:00" and moment_words(40.1710, ENGLISH) == "40.171 s"
