"""Features of an encoder on a common scale before a head sees them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

LEAST_SPREAD = 1e-6
"""Standard deviation below which a feature counts as constant."""


class FeatureScale(nn.Module):
    """Shift and scale features by what the training cases show before the training begins.

    A feature that differs little between patients would otherwise have to wait for the weights
    behind it to grow, which the few hundred steps of a small cohort do not allow, while volume,
    which is in nearly every feature, is learned at once. Setting the scale by the data once,
    before the first step, is the initialisation of Salimans and Kingma (NeurIPS 2016); unlike
    batch normalisation it ties no patient to those beside it.

    It is learned from the rows that the network learns from and is part of its state.

    Parameters
    ----------
    n_features
        Length of the feature vector.
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.zeros(n_features))
        self.register_buffer("spread", torch.ones(n_features))

    def learn(self, features: Tensor) -> None:
        """Set mean and standard deviation to those of `features`, shape (n, feature), n > 1.

        A feature that is the same for all keeps its spread, so that it stays small.
        """
        spread, mean = torch.std_mean(features.float(), dim=0)
        self.mean.copy_(mean)
        self.spread.copy_(torch.where(spread > LEAST_SPREAD, spread, torch.ones_like(spread)))

    def forward(self, features: Tensor) -> Tensor:
        """Return the features with mean 0 and standard deviation 1 over the training cases."""
        return (features - self.mean) / self.spread
