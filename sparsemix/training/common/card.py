"""The card beside a weights file: where the weights come from."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from sparsemix.atomic_files import replacing
from sparsemix.model.model import SparseMixModel


def about(model: SparseMixModel) -> dict[str, object]:
    """Return what every card says of its weights, and of what they were made with."""
    return {
        "weights_sha256": model.weights_sha256,
        "parameters": sum(parameter.numel() for parameter in model.network.parameters()),
        "config": json.loads(model.config.to_json()),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }


def save(model: SparseMixModel, card: Mapping[str, object], path: Path) -> str:
    """Write the weights and the ``card`` beside them, and return the card's text. The text is made before anything is written:
    weights without their card would be of unknown origin."""
    text = json.dumps(card, indent=2, ensure_ascii=False)
    with replacing(path.with_suffix(".card.json")) as partial:
        partial.write_text(text + "\n", encoding="utf-8")
        model.save(path)
    return text
