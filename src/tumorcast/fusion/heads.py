"""The built-in fusion heads. Reading their names imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tumorcast.fusion.fusion_head import FusionHead

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Concatenation:
    """All blocks and their flags side by side, one hidden layer.

    The head of Tang et al. (arXiv 2508.20469). Absent blocks are zero; the weights of their flags
    learn what absence itself means.

    Parameters
    ----------
    width
        Neurons of the hidden layer.
    dropout
        Share of these that is left out in each step of training.
    """

    width: int = 32
    dropout: float = 0.2

    def build(self, widths: Sequence[int], bias: Sequence[float]) -> nn.Module:
        """Return a freshly initialised head; see `FusionHead.build`."""
        from tumorcast.fusion.head_modules import ConcatenationModule  # noqa: PLC0415

        return ConcatenationModule(widths, bias, width=self.width, dropout=self.dropout)


@dataclass(frozen=True)
class Gated:
    """A sum of the present blocks, each let through by a gate that sees all present ones.

    Gated multimodal units (Arevalo et al., Neural Comput Appl 2020;32:10209) with modality
    dropout (Neverova et al., IEEE TPAMI 2016;38:1692), so that no block is needed.

    Parameters
    ----------
    width
        Length of the vector that every block becomes.
    dropout
        Share of its numbers left out in each step of training.
    block_dropout
        Probability that a present block counts as absent in a step of training; one always
        stays.
    """

    width: int = 32
    dropout: float = 0.2
    block_dropout: float = 0.2

    def build(self, widths: Sequence[int], bias: Sequence[float]) -> nn.Module:
        """Return a freshly initialised head; see `FusionHead.build`."""
        from tumorcast.fusion.head_modules import GatedModule  # noqa: PLC0415

        return GatedModule(
            widths,
            bias,
            width=self.width,
            dropout=self.dropout,
            block_dropout=self.block_dropout,
        )


@dataclass(frozen=True)
class CrossAttention:
    """A learned query that attends to one token for each present block.

    Attention pooling (Lee et al., Set Transformer, ICML 2019) after Vaswani et al. (NeurIPS 2017);
    absent blocks are masked, and a learned token that every case has answers where all are absent.
    With modality dropout as in `Gated`.

    Parameters
    ----------
    width, heads
        Length of a token, attention heads.
    dropout, block_dropout
        As in `Gated`.
    """

    width: int = 32
    heads: int = 4
    dropout: float = 0.2
    block_dropout: float = 0.2

    def build(self, widths: Sequence[int], bias: Sequence[float]) -> nn.Module:
        """Return a freshly initialised head; see `FusionHead.build`."""
        from tumorcast.fusion.head_modules import CrossAttentionModule  # noqa: PLC0415

        return CrossAttentionModule(
            widths,
            bias,
            width=self.width,
            heads=self.heads,
            dropout=self.dropout,
            block_dropout=self.block_dropout,
        )


FUSION_HEADS: dict[str, FusionHead] = {
    "concatenation": Concatenation(),
    "gated": Gated(),
    "cross_attention": CrossAttention(),
}
"""Built-in fusion heads by name."""
