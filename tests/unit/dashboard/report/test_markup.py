"""Markup of a report: what comes from outside is text, and numbers are written alike everywhere."""

from __future__ import annotations

import pytest

from dashboard.report.markup import Html, number, page, signed, tag
from dashboard.views.wording import percent


def test_markup_escapes_by_itself() -> None:
    assert (
        tag("p", "a<b", tag("b", "&"), class_='x"y', hidden=True, title="")
        == '<p class="x&quot;y" hidden>a&lt;b<b>&amp;</b></p>'
    )
    assert tag("meta", name="n", http_equiv="x") == '<meta name="n" http-equiv="x">'
    assert (signed(-0.001), signed(-1.0), signed(2.5, 1)) == ("0.00", "−1.00", "+2.5")
    assert (number(-0.001), number(-1.25), number(3.0, 0)) == ("0.00", "−1.25", "3")
    assert [percent(x) for x in (0.0, 1.0, 0.5, 0.99998, 0.00002)] == ["0.0%", "100.0%", "50.0%", "99.9980%", "0.0020%"]


def test_nothing_odd_gets_into_the_style_sheet() -> None:
    with pytest.raises(ValueError):
        page({"en": Html("")}, {"en": "x"}, {}, "en", '"}')
