"""A witness that answers on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.transparency.witness import Witness, create_witness
from audit.transparency.witness_server import WitnessServer


@contextmanager
def served(witness: Witness) -> Iterator[tuple[str, list[str]]]:
    """Serve a witness; yield its address, and the list that gets what it tells."""
    told: list[str] = []
    with WitnessServer(("127.0.0.1", 0), witness, told.append) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", told
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def served_witness(folder: Path, log_key: str) -> Iterator[tuple[str, str]]:
    """Make and serve a witness of one log; yield its address and its verifier key."""
    verifier = create_witness(folder, "plant.example/w1")
    witness = Witness(folder)
    witness.trust(log_key)
    with served(witness) as (url, _):
        yield url, str(verifier)
