"""What networks compute in."""

from __future__ import annotations

import pytest
import torch

from tumorcast.encoders.precision import Precision, computing_in, precision_here


@pytest.mark.parametrize(
    ("gpu", "multiplies", "expected"),
    [(True, True, "bfloat16"), (True, False, "float32"), (False, True, "float32")],
)
def test_the_rule(
    gpu: bool, multiplies: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: multiplies)
    assert precision_here() == expected


@pytest.mark.parametrize(
    ("precision", "expected"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)]
)
def test_products_are_computed_in_it(precision: Precision, expected: torch.dtype) -> None:
    with computing_in(precision, torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == expected
