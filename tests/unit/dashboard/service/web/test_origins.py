"""Hosts and origins: exactly one's own."""

from __future__ import annotations

import pytest

from dashboard.service.web.origins import Address, public_address

PUBLIC = "https://audit.plant.example"


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "LOCALHOST:8501", "127.0.0.1:8501", "[::1]:8501", "[::1]"])
def test_a_server_of_this_machine_knows_its_names(host: str) -> None:
    for listens_on in ("localhost", "127.0.0.1", "::1"):
        assert Address(listens_on).is_own_host(host)
        assert Address(listens_on, PUBLIC).is_own_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example:8501",
        "localhost:8501@evil.example",
        "localhost:",
        "localhost:x",
        "localhost:123456",
        "localhost/",
        "localhost evil",
        "[::1",
        "::1",
        "127.0.0.2",
        "0.0.0.0:8501",
    ],
)
def test_other_names_are_refused(host: str) -> None:
    assert not Address("localhost").is_own_host(host)
    assert not Address("localhost", PUBLIC).is_own_host(host)


def test_a_server_that_others_reach_takes_the_names_that_it_knows() -> None:
    assert Address("0.0.0.0").is_own_host("plant-7:8501")  # noqa: S104 - not bound here
    assert not Address("0.0.0.0").is_own_host("plant 7")  # noqa: S104
    named = Address("10.1.2.3", PUBLIC)
    assert named.is_own_host("10.1.2.3:8501") and named.is_own_host("audit.plant.example")
    assert not named.is_own_host("plant-7")
    for everywhere in ("::", "0.0.0.0"):  # noqa: S104
        assert Address(everywhere, PUBLIC).is_own_host("localhost:8501")
        assert not Address(everywhere, PUBLIC).is_own_host("plant-7")


def test_an_origin_is_that_of_the_host_or_of_the_proxy() -> None:
    own = Address("localhost")
    assert own.is_own_origin("http://localhost:8501", "localhost:8501")
    assert own.is_own_origin("https://plant.example", "Plant.example")
    for origin in (
        "null",
        "",
        "http://localhost:8502",
        "http://127.0.0.1:8501",
        "http://localhost:8501.evil.example",
        "ftp://localhost:8501",
    ):
        assert not own.is_own_origin(origin, "localhost:8501")
    proxied = Address("localhost", PUBLIC)
    assert proxied.is_own_origin(PUBLIC, "localhost:8501")
    assert not proxied.is_own_origin("http://localhost:8501", "localhost:8501")


def test_the_public_address_is_written_as_browsers_write_it() -> None:
    for url in (PUBLIC, f"{PUBLIC}/", "HTTPS://Audit.Plant.example:443", f" {PUBLIC} "):
        assert public_address(url) == PUBLIC
    assert public_address("http://plant-7:8080") == "http://plant-7:8080"
    for url in ("audit.plant.example", f"{PUBLIC}/app", f"{PUBLIC}?a", "ftp://x", "https://", "https://a b", "https://u@x"):
        with pytest.raises(ValueError, match="is not an address such as"):
            public_address(url)
