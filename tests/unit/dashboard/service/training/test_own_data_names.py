"""Names of uploaded files, as they are written into the folder of a training."""

from __future__ import annotations

import pytest

from dashboard.service.reading.data_sets import safe


@pytest.mark.parametrize(
    "name", ["ログ" * 200 + ".csv", "\U00020000" * 200 + "." + "\U00020000" * 200, "x" * 500, "../../etc/passwd"]
)
def test_a_name_fits_a_folder_whatever_it_is_written_in(name: str) -> None:
    assert 0 < len(safe(name).encode()) <= 255 and "/" not in safe(name)


def test_a_short_name_stays_as_it_is() -> None:
    assert safe("プレス機3.csv") == "プレス機3.csv"
