"""How the server starts: on this machine only, with its guards on, open to nobody unasked, wherever it is started from."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit import SINGLE_USER, open_store
from dashboard import serving as command
from dashboard.service.common.places import HOME, PACKAGES
from dashboard.service.log.routes import ROUTES as LOG_ROUTES
from dashboard.service.sign_in import identity
from dashboard.service.sign_in.identity import Mode
from dashboard.service.sign_in.tickets import PATH
from dashboard.service.web.connections import BoundedConnection
from dashboard.service.web.former_pages import ROUTES as FORMER_PAGES
from dashboard.service.web.frames import BoundedStream
from dashboard.service.web.guard import Guard
from dashboard.service.web.open_files import places, raise_limit
from dashboard.shared import cache

VARIABLES = ("SPARSEMIX_DATABASE_URL", "SPARSEMIX_AUDIT_DB", "SPARSEMIX_WEIGHTS", "SPARSEMIX_AUTH", "SPARSEMIX_OIDC_ROLES")
Start = Callable[..., dict[str, Any]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Start:
    """Run the command up to where streamlit takes over; the settings that it was given."""
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPARSEMIX_AUDIT_DB", str(tmp_path / "audit.db"))
    identity.set_up_code.cache_clear()
    given: dict[str, Any] = {}

    def app(script: Path, *, routes: Any, lifespan: Any) -> None:
        given.update(script=script, paths=[route.path for route in routes], lifespan=lifespan)

    def run(app: Guard, **settings: Any) -> None:
        given.update(app=app, settings=settings)

    monkeypatch.setattr(command, "load_config_options", given.update)
    monkeypatch.setattr(command, "App", app)
    monkeypatch.setattr(command.uvicorn, "run", run)

    def begin(*arguments: str) -> dict[str, Any]:
        command.main(arguments)
        return given

    return begin


def test_guards_are_fixed_by_the_command(start: Start) -> None:
    found = start()
    assert found["script"] == PACKAGES / "dashboard" / "app.py"
    assert found["paths"] == [PATH, *(route.path for route in (*LOG_ROUTES, *FORMER_PAGES))]
    expected = {
        "server.address": "localhost",
        "server.port": 8501,
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.maxUploadSize": 511,
        "server.headless": True,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.allowedOrigins": [],
        "server.enableAgentApi": False,
    }
    assert expected.items() <= found.items()
    served = {"host": "localhost", "port": 8501, "http": BoundedConnection, "proxy_headers": False, "server_header": False}
    assert served.items() <= found["settings"].items()
    assert isinstance(found["app"], Guard)
    assert os.environ["SPARSEMIX_AUTH"] == ""
    assert Path.cwd() == PACKAGES
    assert "secrets.files" not in found


def test_the_look_comes_from_the_package_wherever_it_is_started(start: Start, tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text('[theme]\nbase = "dark"\nbaseFontSize = 40\n')
    found = start()
    assert found["theme.baseFontSize"] == 15 and "theme.base" not in found
    assert found["theme.light.primaryColor"] == "#1b6670"
    assert found["theme.dark.sidebar.backgroundColor"] == "#191f24"
    assert found["theme.headingFontWeights"] == [600, 600, 600]
    assert found["client.showErrorLinks"] is False


def test_an_installed_copy_serves_from_the_folder_where_it_was_started(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "HOME", tmp_path)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "user")
    found = start()
    wanted = [tmp_path / "user" / ".streamlit" / "secrets.toml", tmp_path / ".streamlit" / "secrets.toml"]
    assert found["secrets.files"] == [str(path) for path in wanted]
    assert Path.cwd() == PACKAGES  # while Streamlit reads its settings

    async def serving() -> Path:
        async with found["lifespan"](None):
            return Path.cwd()

    assert asyncio.run(serving()) == tmp_path


def test_one_user_of_this_machine_needs_no_code(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    start()
    assert "Set-up code" not in capsys.readouterr().out


def test_the_address_behind_a_proxy_is_an_origin(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    start("--public-url", "https://Audit.plant.example/")
    assert "SparseMix: https://audit.plant.example\n" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="is not an address such as https://"):
        start("--public-url", "audit.plant.example")


def test_paths_are_taken_from_where_the_command_was_given(start: Start, tmp_path: Path) -> None:
    (tmp_path / "auth.toml").write_text("[auth]\n")
    found = start("--db", "mine.db", "--port", "9000", "--weights", "w.safetensors", "--oidc-config", "auth.toml")
    assert os.environ["SPARSEMIX_AUDIT_DB"] == str(tmp_path / "mine.db")
    assert os.environ["SPARSEMIX_DATABASE_URL"] == ""
    assert os.environ["SPARSEMIX_WEIGHTS"] == str(tmp_path / "w.safetensors")
    assert found["server.port"] == 9000
    assert found["secrets.files"] == [str(tmp_path / "auth.toml")]
    assert cache.location() == str(tmp_path / "mine.db")


def test_a_database_url_stays_as_it_is(start: Start) -> None:
    url = "postgresql://user:secret@nowhere.invalid:1/audit"
    start("--database-url", url)
    assert os.environ["SPARSEMIX_DATABASE_URL"] == url
    assert cache.location() == url


def test_a_relative_record_lies_below_the_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPARSEMIX_DATABASE_URL", "")
    monkeypatch.chdir(tmp_path)
    for wanted in ("data/other.db", "sqlite:///data/other.db"):
        monkeypatch.setenv("SPARSEMIX_AUDIT_DB", wanted)
        assert cache.location() == str(HOME / "data" / "other.db")


@pytest.mark.parametrize(
    "arguments", [("--address", "::"), ("--auth", "password"), ("--auth", "oidc"), ("--address", "10.1.2.3")]
)
def test_without_accounts_a_code_is_printed_and_asked_for(
    start: Start, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    start(*arguments)
    assert capsys.readouterr().out.count(identity.set_up_code()) == 1


def test_with_accounts_everybody_signs_in(start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(tmp_path / "audit.db")
    store.accounts.set_up("root", "Root", "seven green valves")
    store.close()
    start()
    assert "Set-up code" not in capsys.readouterr().out
    with pytest.raises(SystemExit, match="--auth single is refused: the record has accounts"):
        start("--auth", "single")


@pytest.mark.parametrize("address", ["", "plant-7", "::"])
def test_single_user_is_refused_where_others_reach_it(start: Start, address: str) -> None:
    with pytest.raises(SystemExit, match="--auth single is refused: others can reach the address"):
        start("--auth", "single", "--address", address)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SPARSEMIX_AUTH", "open", "open"),
        ("SPARSEMIX_OIDC_ROLES", "viewer,admin", "administrator"),
        ("SPARSEMIX_OIDC_ROLES", "boss", "boss"),
    ],
)
def test_settings_that_mean_nothing_are_refused(
    start: Start, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit, match=said):
        start()


def test_other_nonsense_is_refused(start: Start) -> None:
    for arguments, said in ((("--db", "mysql://x/y"), "not supported"), (("--oidc-config", "none.toml"), "no file")):
        with pytest.raises(SystemExit, match=said):
            start(*arguments)


def test_a_record_that_cannot_be_opened_is_left_to_the_pages(start: Start, tmp_path: Path) -> None:
    (tmp_path / "audit.db").write_bytes(b"no database" * 100)
    assert start()["server.address"] == "localhost"
    assert command.settle(command.parser().parse_args([])) is Mode.SINGLE


def test_who_a_visitor_is_depends_on_the_accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARSEMIX_AUDIT_DB", str(tmp_path / "audit.db"))
    monkeypatch.setenv("SPARSEMIX_DATABASE_URL", "")
    monkeypatch.setenv("SPARSEMIX_AUTH", "")
    person = command._persons("localhost")
    assert person(None) == person("any") == SINGLE_USER
    assert command._persons("0.0.0.0")(None) is None  # noqa: S104 - nobody has set it up yet
    store = open_store(tmp_path / "audit.db")
    account = store.accounts.set_up("root", "Root", "correct horse battery")
    token = store.accounts.sign_in("root", "correct horse battery").token
    assert person(None) is None and person("any") is None and person(token) == account.id
    store.accounts.sign_out(token)
    assert person(token) is None
    store.close()


def test_the_server_has_room_for_its_limit_of_files(start: Start) -> None:
    room = places(raise_limit())
    found = start()
    assert found["settings"]["limit_concurrency"] == room.requests + room.streams
    assert found["settings"]["ws"] is BoundedStream
    assert found["server.maxWidgetStateSize"] == 8
