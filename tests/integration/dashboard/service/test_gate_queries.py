"""Two addresses never stand for one lot: names are UTF-8, given once, and exactly as the record keeps them."""

from __future__ import annotations

from urllib.parse import unquote_plus

import httpx2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from dashboard.service.common.names import display_name
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.submitting import DIGEST, problem
from tests.support.properties import examples

NO_TEXT = ["%83%8D7", "%83%8E7", "%ED%A0%80", "a%FFb"]


@pytest.mark.parametrize("name", NO_TEXT)
def test_a_name_that_is_not_utf8_is_no_other_name(client: httpx2.Client, name: str) -> None:
    client.post("/v1/sequences", params={"name": "\ufffd\ufffd7", "wait": 30}, content=LOG)
    for method, path in (("GET", "/v1/lots"), ("POST", "/v1/sequences")):
        told = problem(client.request(method, f"{path}?name={name}", content=LOG if method == "POST" else None), 422)
        assert str(told["detail"]).startswith("query.name: not UTF-8")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/sequences?name=a&source=%FF",
        f"/v1/sequences/{DIGEST}?wait=%B9",
        f"/v1/decisions/{'0' * 32}?since=%FF",
        "/v1/lots?name=a&%FF=b",
        "/v1/status?%FF",
        "/v1/health?x=%FF",
        "/v1/sequences/%FF",
        "/v1/decisions/%83%8D7",
    ],
)
def test_no_route_takes_what_is_not_utf8(client: httpx2.Client, path: str) -> None:
    method = "POST" if path.startswith("/v1/sequences?") else "GET"
    assert "not UTF-8" in str(problem(client.request(method, path), 422)["detail"])


@pytest.mark.parametrize("query", ["name=a&name=b", "name=a&name=a", "n%61me=a&name=b", "name=a&since=1&since=2", "name=a&x&x"])
def test_a_parameter_is_given_once(client: httpx2.Client, query: str) -> None:
    assert "given twice" in str(problem(client.get(f"/v1/lots?{query}"), 422)["detail"])


@pytest.mark.parametrize("name", ["lot-1 ", " lot-1", " ", "line4/lot-1", "line4\\lot-1", "lot\u200b1", "lot\u00a01"])
def test_a_name_that_would_be_recorded_otherwise_is_refused(client: httpx2.Client, name: str) -> None:
    for method, path in (("GET", "/v1/lots"), ("POST", "/v1/sequences")):
        told = problem(client.request(method, path, params={"name": name}, content=LOG if method == "POST" else None), 422)
        assert f"it would be recorded as {display_name(name)!r}" in str(told["detail"])


def test_the_forms_of_a_sign_are_two_names(client: httpx2.Client) -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    client.post("/v1/sequences", params={"name": composed, "wait": 30}, content=LOG)
    assert client.get("/v1/lots", params={"name": composed}).json()["name"] == composed
    problem(client.get("/v1/lots", params={"name": decomposed}), 404)


@given(parts=st.lists(st.sampled_from(["a", "Z", "/", "%41", "%C3%A9", "%FF", "%83", "%", "%zz", "+", "%20"]), max_size=5))
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_name_is_taken_as_it_is_or_refused(client: httpx2.Client, parts: list[str]) -> None:
    query = "".join(parts)
    try:
        name = unquote_plus(query, errors="strict")
    except UnicodeDecodeError:
        name = ""
    answer = client.get(f"/v1/lots?name={query}")
    assert answer.status_code == (404 if name and display_name(name) == name else 422)
    if answer.status_code == 404:
        assert answer.json()["detail"].endswith(repr(name))
