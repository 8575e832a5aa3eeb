"""A link to a page of earlier versions leads to the panel, with all that it names."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.service.web.former_pages import ROUTES


def test_a_former_page_leads_to_its_panel_with_the_rest_of_the_address() -> None:
    client = TestClient(Starlette(routes=list(ROUTES)), follow_redirects=False)
    answer = client.get("/explain?decision=a1&line=7&text=%E8%A1%8C&panel=other")
    assert answer.status_code == 307 and answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"] == "./?decision=a1&line=7&text=%E8%A1%8C&panel=explain"
    assert client.get("/selection").headers["location"] == "./?panel=selection"
