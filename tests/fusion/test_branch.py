"""How images and masks come into an encoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tumorcast.fusion.branch import Branch, MaskGate, branches_of


class Seen(nn.Module):
    """Gives back what it is shown."""

    def forward(self, crops: Tensor) -> Tensor:
        return crops


def test_branches_are_named_after_their_images() -> None:
    assert branches_of(("ct", "pt"), "branches") == {"ct": ("ct",), "pt": ("pt",)}
    assert branches_of(("ct", "pt"), "channels") == {"ct+pt": ("ct", "pt")}


def test_channels_are_images_first_and_what_is_absent_is_in_mid_window() -> None:
    crops = torch.rand(3, 4, 3, 3, 3)
    crops[:, 1::2] = 1.0
    crops[1, 2:] = 0.0
    crops[2, :2] = 0.0
    seen = Branch(Seen(), 2, gated=False)(crops)
    assert torch.equal(seen[:2, 0], crops[:2, 0])
    assert torch.equal(seen[2, 0], torch.full((3, 3, 3), 0.5))
    assert torch.equal(seen[0, 1], 4 * crops[0, 2] - 2)
    assert torch.equal(seen[1, 1], torch.zeros(3, 3, 3))
    assert torch.equal(seen[:, 2:], crops[:, 1::2])


def test_an_image_whose_tumour_was_turned_away_is_still_there() -> None:
    crops = torch.rand(1, 4, 3, 3, 3)
    crops[:, 1::2] = 0.0
    seen = Branch(Seen(), 2, gated=False)(crops)
    assert torch.equal(seen[0, 1], 4 * crops[0, 2] - 2)


def test_the_gate_weakens_what_is_outside_and_learns_from_image_and_mask() -> None:
    crops = torch.ones(1, 2, 15, 15, 15)
    crops[:, 1] = 0
    crops[:, 1, :8] = 1
    branch = Branch(Seen(), 1, gated=True)
    seen = branch(crops)
    assert seen.shape == (1, 1, 15, 15, 15)
    inside, outside = seen[0, 0, 2:6, 2:-2, 2:-2], seen[0, 0, 10:, 2:-2, 2:-2]
    torch.testing.assert_close(inside, torch.full_like(inside, 3).sigmoid())
    torch.testing.assert_close(outside, torch.full_like(outside, -1).sigmoid())
    seen.square().sum().backward()
    gate = branch.gates[0]
    assert isinstance(gate, MaskGate)
    gradient = gate.convolution.weight.grad
    assert gradient is not None
    # The image is 1, so what is seen is the gate itself: the slope of its square is 2 g g (1 - g).
    slope = (2 * seen**2 * (1 - seen)).detach()
    expected = (slope * crops).sum(dim=(0, 2, 3, 4))
    torch.testing.assert_close(gradient[0, :, 2, 2, 2], expected)
