"""A small made-up HDFS: lines of blocks that overlap in time, some anomalous, as the two parquet files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks.hdfs.data import BLOCKS, EVENTS

COLUMNS = ("date", "time", "id", "level", "component", "m_message", "seq_id")


def made_up(blocks: int = 150) -> tuple[list[tuple[str, ...]], list[tuple[str, bool]]]:
    """Lines of blocks that overlap in time, eight a block; in every fourth the seventh tells of an exception."""
    rng = np.random.default_rng(0)
    timed: list[tuple[str, ...]] = []
    truth = []
    for number in range(blocks):
        name, bad = f"blk_{int(rng.integers(-(2**63), 2**63 - 1))}", number % 4 == 0
        truth.append((name, bad))
        messages = [f"Receiving block {name} src: /10.0.0.{k}:5{k}010 dest: /10.0.0.9:50010" for k in range(3)]
        messages += [f"PacketResponder {k} for block {name} terminating" for k in range(3)]
        messages.append(f"writeBlock {name} received exception java.io.IOException" if bad else f"Verification of {name}")
        messages.append(f"BLOCK* NameSystem.delete: {name} is added to invalidSet of 10.0.0.1:50010")
        for place, message in enumerate(messages):
            second = 20 * number + 14 * place + int(rng.integers(5))
            clock = f"{second // 3600:02}{second // 60 % 60:02}{second % 60:02}"
            timed.append(("081109", clock, str(place), "INFO", "dfs.DataNode:", message, name))
    timed.sort(key=lambda row: row[:2])
    return timed, truth


def write(folder: Path, lines: list[tuple[str, ...]], blocks: list[tuple[str, bool]]) -> None:
    pq.write_table(pa.table(dict(zip(COLUMNS, map(list, zip(*lines, strict=True)), strict=True))), folder / EVENTS)
    names, bad = map(list, zip(*blocks, strict=True))
    pq.write_table(pa.table({"seq_id": names, "anomaly": bad}), folder / BLOCKS)
