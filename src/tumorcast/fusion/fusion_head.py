"""The contract of a head that joins the blocks of a case, and the check of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn

_WIDTHS = (3, 1, 5)
_BIAS = (0.5, -1.0)
_GARBAGE = (1e6, float("nan"), float("inf"))


class FusionHead(Protocol):
    """How blocks become a prediction, as plain settings; weights come with `build`."""

    def build(self, widths: Sequence[int], bias: Sequence[float]) -> nn.Module:
        """Return a freshly initialised head.

        It maps (batch, sum of widths + number of blocks) to (batch, outputs). Each block is its
        values and then a flag, above 0 where the case has the block. What stands in place of the
        values of an absent block is not looked at, and a case may lack any blocks, even all.

        Parameters
        ----------
        widths
            Number of values of each block.
        bias
            Start of the bias of each output.
        """


def check_fusion_head(head: FusionHead) -> None:
    """Raise `AssertionError` unless `head` keeps the contract.

    The shape of its output, equal weights from equal seeds, a gradient in every parameter,
    independence of the cases in a batch, a finite output for every subset of blocks, and that
    values of present blocks, and only of present ones, reach the output and the gradients.
    """
    import torch  # noqa: PLC0415

    with torch.random.fork_rng(devices=[]):
        module, twin = _seeded(head), _seeded(head)
        cases = _cases()
        _check_output(module, cases)
        for (name, ours), theirs in zip(module.named_parameters(), twin.parameters(), strict=True):
            _require(torch.equal(ours, theirs), f"equal seeds gave other weights in {name}")
        for training in (False, True):
            module.train(training)
            _check_absent(module, cases)
        module.eval()
        _check_present(module, cases)


def _seeded(head: FusionHead) -> nn.Module:
    import torch  # noqa: PLC0415

    torch.manual_seed(0)
    return head.build(_WIDTHS, _BIAS).double().eval()


def _cases() -> Tensor:
    """Return a case with each subset of blocks; all have all values."""
    import torch  # noqa: PLC0415

    torch.manual_seed(1)
    subsets = torch.tensor(list(product([0.0, 1.0], repeat=len(_WIDTHS))), dtype=torch.float64)
    blocks = [
        torch.cat([torch.randn(len(subsets), width, dtype=torch.float64), flag[:, None]], dim=1)
        for width, flag in zip(_WIDTHS, subsets.T, strict=True)
    ]
    return torch.cat(blocks, dim=1)


def _check_output(module: nn.Module, cases: Tensor) -> None:
    import torch  # noqa: PLC0415

    output = module(cases)
    shape = (len(cases), len(_BIAS))
    _require(output.shape == shape, f"output {tuple(output.shape)}, not {shape}")
    _require(bool(output.isfinite().all()), "a subset of blocks has no finite output")
    output.square().sum().backward()
    idle = [name for name, p in module.named_parameters() if p.grad is None]
    _require(not idle, f"parameters that no gradient reaches: {idle}")
    alone = torch.cat([module(case[None]) for case in cases])
    same = torch.allclose(alone, output, rtol=1e-8, atol=1e-10)
    _require(same, "the output of a case depends on the other cases of its batch")


def _check_absent(module: nn.Module, cases: Tensor) -> None:
    import torch  # noqa: PLC0415

    output, gradients = _with_gradients(module, cases)
    for garbage in _GARBAGE:
        spoilt = cases.clone()
        for block in _slices():
            absent = cases[:, block.stop] == 0
            spoilt[absent, block] = garbage
        other, other_gradients = _with_gradients(module, spoilt)
        _require(torch.equal(output, other), "the values of an absent block change the output")
        same = all(torch.equal(a, b) for a, b in zip(gradients, other_gradients, strict=True))
        _require(same, "the values of an absent block change the gradients")


def _check_present(module: nn.Module, cases: Tensor) -> None:
    whole = cases[-1:]
    for number, block in enumerate(_slices()):
        changed, without = whole.clone(), whole.clone()
        changed[:, block] += 1
        without[:, block.stop] = 0
        for other, what in ((changed, "the values"), (without, "the presence")):
            differs = bool((module(other) != module(whole)).any())
            _require(differs, f"{what} of block {number} cannot be seen in the output")


def _with_gradients(module: nn.Module, cases: Tensor) -> tuple[Tensor, list[Tensor]]:
    import torch  # noqa: PLC0415

    torch.manual_seed(2)
    module.zero_grad()
    output = module(cases)
    output.square().sum().backward()
    gradients = [p.grad.clone() for p in module.parameters() if p.grad is not None]
    return output.detach(), gradients


def _slices() -> list[slice]:
    """Return where the values of each block stand; its flag follows them."""
    starts = [sum(_WIDTHS[:number]) + number for number in range(len(_WIDTHS))]
    return [slice(start, start + width) for start, width in zip(starts, _WIDTHS, strict=True)]


def _require(condition: bool, fault: str) -> None:
    if not condition:
        raise AssertionError(fault)
