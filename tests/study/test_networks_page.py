"""The page on networks names every fusion head, and its study file holds together."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tumorcast.fusion import FUSION_HEADS
from tumorcast.study.schema import Arm
from tumorcast.study.schema_networks import CropSpec, EmbeddingSpec

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")


def test_every_head_has_a_row() -> None:
    heads = PAGE.split("## Heads")[1].split("##")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", heads, re.MULTILINE)) == set(FUSION_HEADS)


def test_the_example_is_made_of_keys_that_exist() -> None:
    example = yaml.safe_load(PAGE.split("```yaml\n")[1].split("```")[0])
    for crop in example["crops"].values():
        CropSpec(**crop)
    for embedding in example["embeddings"].values():
        EmbeddingSpec(**embedding)
    arms = {name: Arm(**arm) for name, arm in example["arms"].items()}
    network = arms["fused"].network
    assert network is not None
    assert network.head == "gated"
