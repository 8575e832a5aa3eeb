"""Media addresses belong to the browsers that were given them, as long as their tabs are open."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.service.web import media
from dashboard.service.web.media import GRACE, MediaAccess, addresses, is_visit, media_name, new_visit

FILE = f"/media/{'0a' * 28}.csv"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_address_is_its_browsers_own_until_its_tab_is_closed() -> None:
    clock = Clock()
    access, own, other = MediaAccess(clock), new_visit(), new_visit()
    tab = access.open(own)
    access.open(other)
    assert not access.may_fetch(own, FILE)
    tab.show(FILE)
    assert access.may_fetch(own, FILE) and access.may_fetch(own, FILE.replace(".csv", ".weird-x"))
    assert not any(access.may_fetch(visit, FILE) for visit in (other, None, "", "x", new_visit()))
    access.close(tab)
    clock.now = GRACE
    assert access.may_fetch(own, FILE)
    clock.now = GRACE + 1
    assert not access.may_fetch(own, FILE)


def test_a_tab_that_lost_its_connection_keeps_its_addresses() -> None:
    clock, own = Clock(), new_visit()
    access = MediaAccess(clock)
    first = access.open(own)
    first.show(FILE)
    access.close(first)
    access.open(own, again=True)
    access.open(own)
    clock.now = GRACE + 1
    assert access.may_fetch(own, FILE)


def test_a_browser_without_the_cookie_gets_nothing() -> None:
    access = MediaAccess()
    for cookie in (None, "", "a" * 42, "a" * 44, "ä" * 43):
        access.open(cookie).show(FILE)
        assert not access.may_fetch(cookie, FILE)
    assert is_visit(new_visit())


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "_MOST", 3)
    monkeypatch.setattr(media, "_MOST_CLOSED", 2)
    access, visits = MediaAccess(), [new_visit() for _ in range(5)]
    for visit in visits:
        tab = access.open(visit)
        for number in range(9):
            tab.show(f"/media/{number}.csv")
        assert len(tab.names) == 3
        access.close(tab)
    assert [access.may_fetch(visit, "/media/8.csv") for visit in visits] == [False, False, False, True, True]


def test_addresses_are_found_where_streamlit_puts_them_and_not_in_texts() -> None:
    message = ForwardMsg()
    message.delta.new_element.markdown.body = FILE
    assert list(addresses(message)) == []
    message.delta.new_element.download_button.url = FILE
    assert list(addresses(message)) == [FILE]
    logo = ForwardMsg()
    logo.logo.image, logo.logo.icon_image = "/media/1.svg", "data:image/png;base64,"
    assert list(addresses(logo)) == ["/media/1.svg"]
    taken = ForwardMsg()
    taken.backend_operation_response.deferred_file.url = FILE
    assert list(addresses(taken)) == [FILE]
    pictures = ForwardMsg()
    pictures.delta.new_element.imgs.imgs.add().url = FILE
    assert [media_name(path) for path in addresses(pictures)] == ["0a" * 28]
