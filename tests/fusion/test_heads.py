"""Every built-in fusion head keeps the contract, and the check of the contract can fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor, nn

from tumorcast.fusion import FUSION_HEADS, FusionHead, check_fusion_head
from tumorcast.fusion.head_modules import drop_blocks
from tumorcast.fusion.heads import CrossAttention, Gated


@pytest.mark.parametrize("name", FUSION_HEADS)
def test_built_in_head_keeps_the_contract(name: str) -> None:
    check_fusion_head(FUSION_HEADS[name])


@pytest.mark.parametrize("name", FUSION_HEADS)
def test_without_any_block_before_training_the_bias_decides(name: str) -> None:
    torch.manual_seed(0)
    module = FUSION_HEADS[name].build((4, 2), (-2.0,)).eval()
    nothing = torch.zeros(1, 8)
    assert float(module(nothing).detach()) == pytest.approx(-2.0, abs=0.6)


@pytest.mark.parametrize("head", [Gated(block_dropout=0.99), CrossAttention(block_dropout=0.99)])
def test_blocks_are_dropped_in_training_only(head: FusionHead) -> None:
    torch.manual_seed(0)
    module = head.build((3, 3), (0.0,))
    for layer in module.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    case = torch.cat([torch.randn(1, 3), torch.ones(1, 1), torch.randn(1, 3), torch.ones(1, 1)], 1)
    module.train()
    seen = {round(float(module(case).detach()), 6) for _ in range(200)}
    module.eval()
    only = [case.clone(), case.clone()]
    only[0][:, 7], only[1][:, 3] = 0, 0
    assert {round(float(module(one).detach()), 6) for one in only} <= seen
    assert len({float(module(case).detach()) for _ in range(5)}) == 1


def test_dropping_never_takes_all_blocks_and_gives_none() -> None:
    torch.manual_seed(0)
    flags = torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]).repeat(200, 1)
    kept = drop_blocks(flags, 0.5)
    assert torch.all(kept <= flags)
    assert torch.equal(kept.any(dim=1), flags.any(dim=1))
    both = flags.sum(dim=1) == 2
    assert 60 < int((kept[both].sum(dim=1) == 2).sum()) < 140


def test_the_registry_is_read_without_torch() -> None:
    code = (
        "import sys, tumorcast.fusion as f; print(sorted(f.FUSION_HEADS)); print('torch' in "
        "sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines() == [str(sorted(FUSION_HEADS)), "False"]


class Faulty:
    """A linear head on values and flags, spoilt."""

    def __init__(self, spoil: Callable[[nn.Linear, Tensor], Tensor]) -> None:
        self.spoil = spoil

    def build(self, widths: Sequence[int], bias: Sequence[float]) -> nn.Module:
        return _Linear(widths, len(bias), self.spoil)


class _Linear(nn.Module):
    def __init__(
        self, widths: Sequence[int], n: int, spoil: Callable[[nn.Linear, Tensor], Tensor]
    ) -> None:
        super().__init__()
        self.widths, self.spoil = widths, spoil
        self.linear = nn.Linear(sum(widths) + len(widths), n)

    def forward(self, encoded: Tensor) -> Tensor:
        return self.spoil(self.linear, encoded)


def _masked(encoded: Tensor) -> Tensor:
    blocks = torch.split(encoded, [4, 2, 6], dim=1)
    masked = [torch.where(b[:, -1:] > 0, b, torch.zeros_like(b)) for b in blocks]
    return torch.cat(masked, dim=1)


def test_check_accepts_a_plain_head() -> None:
    check_fusion_head(Faulty(lambda linear, encoded: linear(_masked(encoded))))


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda linear, x: linear(_masked(x))[:, :1], r"output \(8, 1\), not \(8, 2\)"),
        (lambda linear, x: linear(_masked(x)) / x[:, 3:4], "no finite output"),
        (lambda linear, x: linear(x), "values of an absent block change the output"),
        (lambda linear, x: linear(_masked(x) - _masked(x).mean(0)), "other cases of its batch"),
        (
            lambda linear, x: linear(_masked(x) * torch.tensor([0.0] * 4 + [1.0] * 8)),
            "the values of block 0 cannot be seen",
        ),
    ],
)
def test_check_fires(spoil: Callable[[nn.Linear, Tensor], Tensor], fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        check_fusion_head(Faulty(spoil))
