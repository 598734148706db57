"""Statistics of a network's features in the tumour, around it and in the whole crop.

Importing this module imports torch.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool3d, max_pool3d

_LEAST_VARIANCE = 1e-4
"""Keeps the slope of the standard deviation finite where features are constant."""
_LEAST_WEIGHT = 1e-3
"""Keeps the mean over a region without voxels at zero."""


def region_statistics(features: Tensor, mask: Tensor) -> Tensor:
    """Return mean and standard deviation of each feature in three regions.

    The whole crop, the tumour, and the voxels of the features' grid that touch the tumour without
    belonging to it. A mean over the whole crop alone drowns a small tumour in what surrounds it,
    and without the spread a texture has to be turned into a mean first. Mean and spread over what
    is of interest are usual where an utterance or a texture becomes one vector (Snyder et al.,
    ICASSP 2018).

    Parameters
    ----------
    features
        Shape (batch, feature, z, y, x).
    mask
        Share of the tumour in each voxel of the same grid, from 0 to 1, shape (batch, 1, z, y, x).

    Returns
    -------
    Shape (batch, 6 x feature), float32 or wider.
    """
    around = max_pool3d(mask, 3, stride=1, padding=1) - mask
    weights = torch.cat([torch.ones_like(mask), mask, around], dim=1).flatten(2).transpose(1, 2)
    # Squares of features lose their difference from the squared mean in half precision.
    with torch.autocast(features.device.type, enabled=False):
        values = features.flatten(2).to(torch.promote_types(features.dtype, torch.float32))
        weights = weights.to(values.dtype)
        weights = weights / (weights.sum(dim=1, keepdim=True) + _LEAST_WEIGHT)
        mean = torch.bmm(values, weights)
        variance = torch.bmm(values.square(), weights) - mean.square()
        spread = (variance.clamp_min(0) + _LEAST_VARIANCE).sqrt()
    return torch.cat([mean, spread], dim=2).flatten(1)


def tumor_share(crops: Tensor, n_masks: int) -> Tensor:
    """Return what of each voxel any of the last `n_masks` channels calls tumour.

    Without masks it is all of the crop. Shape (batch, 1, z, y, x).
    """
    if n_masks == 0:
        return torch.ones_like(crops[:, :1])
    return crops[:, -n_masks:].amax(dim=1, keepdim=True)


def shrunk(share: Tensor, factor: int) -> Tensor:
    """Return the share of the tumour in voxels so many times as wide."""
    return avg_pool3d(share, factor)
