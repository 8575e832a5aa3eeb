"""Surveys of columns, of steps in time, and of kinds of lines."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.service.reading.survey import ColumnSurvey, sampling, sampling_of, survey_columns
from sparsemix.readers import Limits, ReadOptions, read_bytes, read_file


def columns(text: str) -> dict[str, ColumnSurvey]:
    read = read_file(text.encode(), "a.csv", Limits(), ReadOptions())
    assert read.table is not None
    return {one.name: one for one in survey_columns(read.table, read.options.columns)}


def test_columns_are_numbers_categories_times_texts_or_empty() -> None:
    rows = [
        f"2026-03-02 08:00:{i:02d},{20 + i}.5,{'auto' if i % 3 else 'hand'},,note {i},{'-' if i == 4 else i}" for i in range(12)
    ]
    survey = columns("time,temp_bar,mode,spare [V],remark,n\n" + "\n".join(rows))
    assert [one.kind for one in survey.values()] == ["time", "number", "category", "empty", "text", "number"]
    assert (survey["temp_bar"].least, survey["temp_bar"].most) == (20.5, 31.5)
    assert (survey["mode"].distinct, survey["mode"].examples) == (2, ("hand", "auto"))
    assert survey["spare [V]"].missing == 12
    assert (survey["n"].missing, survey["time"].role, survey["n"].role) == (1, "time", "feature")


def test_numbers_with_a_decimal_comma_are_numbers() -> None:
    survey = columns("v;w\n1,5;a\n2,25;b\n-3,0;c\n")
    assert (survey["v"].kind, survey["v"].least, survey["v"].most) == ("number", -3.0, 2.25)


def test_steps_gaps_and_the_way_back() -> None:
    survey = sampling_of(np.array([0, 1, 2, 3, 60, 61, np.nan, 62, 61.5, 63.0]))
    assert survey is not None
    assert (survey.timed, survey.step, survey.gaps, survey.longest, survey.after_longest) == (9, 1.0, 1, 57.0, 4)
    assert (survey.irregular, survey.backwards) == (True, 1)
    even = sampling_of(np.arange(50) * 0.1)
    assert even is not None
    assert (even.irregular, even.gaps, even.backwards) == (False, 0, 0)
    assert sampling_of(np.array([1.0, np.nan, 2.0])) is None
    still = sampling_of(np.zeros(5))
    assert still is not None and (still.step, still.gaps, still.irregular) == (0.0, 0, False)


@given(st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=30))
def test_any_times_have_a_sampling(times: list[float]) -> None:
    survey = sampling_of(np.array(times))
    assert survey is not None
    assert 0 < survey.after_longest < len(times)
    assert survey.longest == max(np.diff(times))


def test_where_another_source_begins_no_clock_runs_back() -> None:
    lines = [f"2026-03-02 09:{minute:02}:00 web-{host} job {minute}" for host in (1, 2) for minute in range(60)]
    found = read_bytes("\n".join(lines).encode(), "a.log")
    survey = sampling(found)
    assert found.starts == (60,) and survey is not None and survey.backwards == 0
