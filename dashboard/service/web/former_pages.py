"""Addresses of pages that are panels now. The browser is sent on before the app runs: so its *Back* leads past them."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route


def _sent_on(request: Request) -> RedirectResponse:
    panel = request.url.path.rpartition("/")[2]
    query = [*((name, value) for name, value in request.query_params.multi_items() if name != "panel"), ("panel", panel)]
    return RedirectResponse(f"./?{urlencode(query)}", HTTPStatus.TEMPORARY_REDIRECT, {"Cache-Control": "no-store"})


ROUTES = (Route("/selection", _sent_on), Route("/explain", _sent_on))
