"""A small untrained model and a few logs for the tests of the dashboard."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest
import torch

from audit import Access, AuditStore, Role, open_store
from dashboard.service.decide import agreement, recording
from dashboard.shared import cache
from sparsemix import SparseMixConfig, SparseMixModel
from sparsemix.encoding.of_file import FEATURES
from sparsemix.encoding.scales import Scale
from sparsemix.judges import AnyLog, NormalCourse
from sparsemix.model import fallback
from sparsemix.model.network import Network
from tests.support.audit.fixtures import cheap
from tests.support.dashboard.gates import InlineJudge, administrator, app_of, served
from tests.support.dashboard.watched import Bench
from tests.support.paths import LOGS

# Of tensors this small several threads wait for each other longer than they work, beside a browser and a worker all the more.
torch.set_num_threads(1)

LOG = b"".join(
    f"2026-03-02T10:00:{i:02d}+09:00 {'ERROR' if i == 7 else 'INFO'} ST0{i % 3} PLC step {i} pressure={i}.5 bar\n".encode()
    for i in range(24)
)


UNKNOWN = b"".join(
    b"Jan  3 04:05:%02d host sshd[%d]: %s\n" % (i, 900 + i, text)
    for i, text in enumerate(
        [b"Accepted password for bob port %d" % i if i % 4 else b"Invalid user admin from 10.0.0.%d" % i for i in range(59)]
        + [b"Server listening on 0.0.0.0 port 22"]
    )
)
"""A log whose words the small model does not know: 44 lines of one kind, 15 of another, one of a third."""


FORECASTING = NormalCourse(scales=(Scale("torque", (0.0,), 0.0, 1.0, (0.0,), 1.0),), forecast=True)
"""A judge that learned the normal course of a table."""


def build_model(**settings: object) -> SparseMixModel:
    """Build the same untrained weights every time."""
    small = {"features": 64, "d_model": 8, "heads": 2, "d_head": 4, "d_ff": 8}
    config = SparseMixConfig(**(small | settings))  # type: ignore[arg-type]
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network, neutral = Network(config), torch.randn(config.d_model)
    return SparseMixModel(network, np.array([1], np.uint32), neutral)


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore ``__main__``: AppTest leaves its page there, and every process that a later test spawns would run the page
    again."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(autouse=True)
def quick_passwords() -> Iterator[None]:
    """Let passwords cost little: the real ones take a tenth of a second and 64 MiB each. A process that a test starts
    cannot open a key that was sealed so."""
    with cheap():
        yield


@pytest.fixture(autouse=True)
def few_effects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute of each flagged line the effects of some pairs, not of fifty, which is most of the time that a decision takes:
    no test here rests on more. Processes that a test starts compute fifty."""
    monkeypatch.setattr(agreement, "DEFAULT_MOST", 6)


@pytest.fixture(scope="session")
def model() -> SparseMixModel:
    return build_model()


@pytest.fixture(scope="session")
def weights(model: SparseMixModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    model.save(path)
    return path


@pytest.fixture
def any_log(monkeypatch: pytest.MonkeyPatch) -> SparseMixModel:
    """Put an untrained model that flags every line in the place of the model for any log."""
    made = build_model(features=FEATURES, judge=AnyLog(), event_threshold=0.0)
    for module in (fallback, recording):
        monkeypatch.setattr(module, "any_log_model", lambda: made)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AuditStore]:
    made = open_store(tmp_path / "audit.db")
    yield made
    made.close()


@pytest.fixture
def access(store: AuditStore) -> Access:
    """Return the access of the user of a machine without accounts."""
    return store.single_user("test")


@pytest.fixture
def bench(tmp_path: Path, store: AuditStore, model: SparseMixModel, weights: Path) -> Bench:
    """Return a log that may be watched, and its record."""
    return Bench(tmp_path, store, model, weights)


@pytest.fixture
def root(store: AuditStore) -> Access:
    """Return the access of the first account of a record."""
    return administrator(store)


@pytest.fixture
def token(root: Access) -> str:
    """Return the token of a program that may submit."""
    return root.tokens.issue("mes", (Role.SERVICE,), days=1).token


@pytest.fixture
def judge() -> InlineJudge:
    return InlineJudge()


@pytest.fixture
def client(store: AuditStore, weights: Path, tmp_path: Path, token: str, judge: InlineJudge) -> Iterator[httpx2.Client]:
    """Provide a program's client of a gate with room for two sequences."""
    with served(app_of(store, weights, tmp_path / "state", judge=judge, capacity=2), token) as made:
        yield made


@pytest.fixture
def small_samples(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Replace the shipped samples by their beginnings: what a page does with a sample does not depend on its length."""
    folder = tmp_path_factory.mktemp("samples")
    for name in ("faulty.log", "healthy.log", "web.log", "sensors.csv"):
        lines = (LOGS / name).read_bytes().splitlines(keepends=True)
        (folder / name).write_bytes(b"".join(lines[:120]))
    monkeypatch.setattr(cache, "SAMPLES", folder)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Provide an event that a job can wait for; it is set at the end of the test, or the shared worker would be blocked."""
    made = threading.Event()
    yield made
    made.set()


@pytest.fixture
def nobody_else_learns() -> Iterator[None]:
    """Cancel whatever trainings a test left: all tests share the one training thread."""
    yield
    for job in cache.trainer().active():
        cache.trainer().cancel(job.id)
        cache.trainer().wait(job.id, 120)
