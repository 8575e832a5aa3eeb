"""Labels in a file of their own, as the app takes them: by sequence, or by ids that are words of the lines."""

from __future__ import annotations

import pytest

from dashboard.service.reading.data_sets import read_own
from dashboard.service.training.own_data import OwnData
from dashboard.texts import LANGUAGES, Texts
from dashboard.views import reading
from sparsemix.dataset import understood
from sparsemix.readers import ReadOptions

LOG = b"open X-1 and X-2\nclose X-1\nclose X-2\nidle\n"
TABLE = ("lots.csv", b"lot,label\nX-1,Normal\nX-2,Anomaly\n")


def test_lines_get_the_labels_of_the_ids_in_them() -> None:
    own = OwnData((("app.log", LOG),), TABLE).read()
    assert own.facts is not None
    assert (own.facts.sequences, own.facts.marked, own.facts.steps) == (1, 2, 4)
    assert set(own.words) == {"Anomaly", "Normal"}
    assert read_own(own.files, TABLE, ReadOptions()).items[0].steps == ("Anomaly", "Normal", "Anomaly", "")


def test_another_choice_of_what_is_normal_is_taken() -> None:
    own = OwnData((("app.log", LOG),), TABLE).read()
    own.take_as_normal(("Anomaly",))
    facts = own.read().facts
    # Of two labels of one line it has its first faulty one.
    assert facts is not None and (facts.marked, facts.steps) == (2, 4)
    item = understood(read_own(own.files, TABLE, ReadOptions()), ("Anomaly",)).items[0]
    assert item.steps == ("Normal", "Normal", "Anomaly", "")
    assert item.faulty_steps.tolist() == [True, True, False, False]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("table", "code"), [("Z-1,1\n", "labels_of_others"), ("X-1,1\n" + "Y-{},0\n" * 10, "labels_by_accident")]
)
def test_labels_that_do_not_belong_to_the_lines_are_refused_in_words(language: str, table: str, code: str) -> None:
    content = f"lot,label\n{table.format(*range(10))}".encode()
    own = OwnData((("app.log", LOG + b"idle\n" * 10),), ("lots.csv", content)).read()
    assert own.error is not None and own.error.code == code
    assert reading.input_message(own.error, Texts(language)) != Texts(language)("input.other")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_joined_is_said_in_words(language: str) -> None:
    data = OwnData((("app.log", LOG),), ("lots.csv", TABLE[1] + b"X-3,Normal\n")).read().facts
    assert data is not None
    said = reading.notes(data.notes, Texts(language))
    assert len(said) == 4 and not any("_" in text for text in said)
