"""What is blanked, what is filled in, and where the decoder's blocks go."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tumorcast.encoders.blanking import (
    N_BLOCKS,
    Blanking,
    BlockDecoder,
    blanked,
    block_side,
    error_where_hidden,
)


@pytest.mark.parametrize(("share", "count"), [(0.6, 38), (0.5, 32), (0.75, 48)])
def test_every_crop_loses_the_same_number_of_blocks(share: float, count: int) -> None:
    drawn = Blanking.draw(np.random.default_rng(0), 5, share)
    assert drawn.blank.sum(axis=1).tolist() == [count] * 5
    assert len({row.tobytes() for row in drawn.blank}) == 5


def test_blocks_are_cubes_in_the_order_z_y_x_and_the_last_may_be_cut_off() -> None:
    blank = np.zeros((2, N_BLOCKS), dtype=np.bool_)
    blank[0, 0] = blank[1, 1 * 16 + 2 * 4 + 3] = True
    voxels = Blanking(np.zeros((2, 3), dtype=np.bool_), blank).voxels(10)
    assert block_side(10) == 3
    assert voxels.shape == (2, 1, 10, 10, 10)
    expected = np.zeros((2, 10, 10, 10), dtype=np.bool_)
    expected[0, 0:3, 0:3, 0:3] = True
    expected[1, 3:6, 6:9, 9:10] = True
    assert np.array_equal(voxels[:, 0], expected)


def test_image_and_mask_are_mirrored_together() -> None:
    crops = np.arange(16, dtype=np.float32).reshape(1, 2, 2, 2, 2)
    flip = np.array([[True, False, True]])
    turned = Blanking(flip, np.zeros((1, N_BLOCKS), dtype=np.bool_)).mirrored(crops)
    assert np.array_equal(turned[0], crops[0, :, ::-1, :, ::-1])


def test_hidden_voxels_get_the_mean_of_the_seen_ones_and_the_mask_stays() -> None:
    crops = torch.tensor([[1.0, 2.0, 3.0, 100.0], [0.0, 1.0, 0.0, 1.0]]).reshape(1, 2, 1, 1, 4)
    hidden = torch.tensor([False, False, False, True]).reshape(1, 1, 1, 1, 4)
    seen, fill = blanked(crops, hidden)
    assert fill.item() == 2.0
    assert seen.flatten().tolist() == [1.0, 2.0, 3.0, 2.0, 0.0, 1.0, 0.0, 1.0]
    assert error_where_hidden(seen[:, :1], crops[:, :1], hidden).item() == 98.0


def test_the_decoder_puts_each_block_at_its_place() -> None:
    torch.manual_seed(0)
    decoder = BlockDecoder(3, 10)
    features = torch.rand(2, 3)
    blocks = decoder.voxels(decoder.content(features)[:, None] + decoder.place)
    whole = decoder(features)
    assert whole.shape == (2, 1, 10, 10, 10)
    block = blocks[1, 1 * 16 + 2 * 4 + 3].reshape(3, 3, 3)
    assert torch.equal(whole[1, 0, 3:6, 6:9, 9:10], block[:, :, :1])
