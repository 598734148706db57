"""The numbers that a network computes in."""

from __future__ import annotations

from typing import Literal

import torch

Precision = Literal["float32", "bfloat16"]


def precision_here() -> Precision:
    """Return what networks compute in where nobody says.

    That is bfloat16 on a GPU that multiplies it, and float32 elsewhere: CPUs of one kind gain from
    bfloat16 and those of another lose, and a study should not come out differently for it.
    """
    on_gpu = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    return "bfloat16" if on_gpu else "float32"


def computing_in(precision: Precision, device: torch.device) -> torch.autocast:
    """Return the context in which a network computes; its weights stay float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")
