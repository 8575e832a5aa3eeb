"""The preview of a data set: the guess is shown, and what is corrected is what comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

TIMEOUT = 60.0


def page(language: str, files: tuple[tuple[str, bytes], ...], db: str) -> None:
    """Draw a page with nothing but the preview; AppTest runs this function's text by itself."""
    import streamlit as st  # noqa: PLC0415

    from audit import open_store  # noqa: PLC0415
    from dashboard.service.training.own_data import OwnData  # noqa: PLC0415
    from dashboard.shared.files import reading_preview  # noqa: PLC0415
    from dashboard.texts import Texts  # noqa: PLC0415

    own = st.session_state.setdefault("own", OwnData(files))
    own.read(own.options)
    chosen = reading_preview.data_set(own, open_store(db).single_user("test"), Texts(language))
    if own.error is not None:
        st.error(str(own.error))
    if chosen != own.asked:
        own.options = chosen
        st.rerun()


TABLE = "date,clock,lot,temp [°C],mode,判定\n" + "".join(
    f"2026/03/02,08:00:{i:02d},L{i // 5},{20 + i},auto,{'NG' if i == 3 else 'OK'}\n" for i in range(10)
)


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "audit.db")


def shown(db: str, *files: tuple[str, bytes], language: str = "en") -> AppTest:
    at = AppTest.from_function(page, default_timeout=TIMEOUT, kwargs={"language": language, "files": files, "db": db})
    at.run()
    assert not at.exception, at.exception
    return at


def choose(at: AppTest, label: str, value: str) -> AppTest:
    (field,) = [box for box in at.selectbox if box.label.startswith(label)]
    field.set_value(value).run()
    assert not at.exception, at.exception
    return at


def roles(at: AppTest) -> dict[str, str]:
    """Return what every column is read as, by the table on the page."""
    table = at.dataframe[0].value
    return dict(zip(table.iloc[:, 0], table.iloc[:, 1], strict=True))


def test_the_guess_is_shown_and_can_be_corrected(db: str) -> None:
    at = shown(db, ("lots.csv", TABLE.encode("cp932")))
    assert roles(at) == {
        "date": "Time",
        "clock": "feature",
        "lot": "feature",
        "temp [°C]": "feature",
        "mode": "feature",
        "判定": "Label",
    }
    choose(choose(at, "Time of day", "clock"), "Sequence", "lot")
    found = at.session_state["own"].asked.columns
    assert (found.time, found.clock, found.sequence_id, found.label) == (None, "clock", "lot", None)
    assert roles(at)["clock"] == "Time of day"
    assert roles(at)["lot"] == "Sequence"
    choose(at, "Label", "lot")
    assert "'lot' has two roles" in at.error[0].value
    assert at.dataframe[0].value.shape == (10, 6)  # the rows stay to be seen
    choose(at, "Label", "判定")
    assert not at.error
    at.multiselect[0].set_value(["mode"]).run()
    assert at.session_state["own"].asked.columns.ignore == ("mode",)
    assert roles(at)["mode"] == "left out"


def test_a_time_zone_is_chosen_by_its_name_in_both_languages(db: str) -> None:
    for language, label in (("en", "Time zone"), ("ja", "時差")):
        at = choose(shown(db, ("lots.csv", TABLE.encode()), language=language), label, "Asia/Tokyo")
        assert at.session_state["own"].asked.time_zone == "Asia/Tokyo"
        assert at.session_state["own"].asked.encoding is None


def test_a_table_in_an_encoding_that_is_not_recognised_can_be_read_once_it_is_named(db: str) -> None:
    data = "temps,température,pièce\n1,2,é\n3,4,è\n".encode("cp1252")
    at = shown(db, ("essai.csv", data))
    assert not at.dataframe
    choose(at, "Encoding", "cp1252")
    assert list(roles(at)) == ["temps", "température", "pièce"]


def test_files_that_are_no_tables_have_no_columns(db: str) -> None:
    at = shown(db, ("lots.jsonl", b'{"events": ["a", "b"]}\n'))
    assert not at.dataframe
    assert [box.label for box in at.selectbox] == ["Encoding", "Time zone of times without one"]
