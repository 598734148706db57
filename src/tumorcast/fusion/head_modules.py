"""The networks behind the fusion heads. Importing this module imports torch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


def split_blocks(encoded: Tensor, widths: Sequence[int]) -> tuple[list[Tensor], Tensor]:
    """Take apart what `FusionHead.build` describes.

    Returns
    -------
    The values of each block, shape (batch, width), and the flags, shape (batch, blocks).
    """
    parts = torch.split(encoded, [width + 1 for width in widths], dim=1)
    return [part[:, :-1] for part in parts], torch.stack([part[:, -1] for part in parts], dim=1)


def without_absent(values: Sequence[Tensor], flags: Tensor) -> list[Tensor]:
    """Return the values with zeros in place of those of absent blocks, whatever these are."""
    return [
        torch.where(flags[:, number, None] > 0, block, torch.zeros_like(block))
        for number, block in enumerate(values)
    ]


def drop_blocks(flags: Tensor, probability: float) -> Tensor:
    """Return the flags with some blocks absent at random, never all that a case has."""
    kept = flags * (torch.rand(flags.shape, device=flags.device) >= probability)
    return torch.where((kept > 0).any(dim=1, keepdim=True), kept, flags)


def output_layer(width: int, bias: Sequence[float]) -> nn.Linear:
    """Return a linear layer with this bias."""
    layer = nn.Linear(width, len(bias))
    with torch.no_grad():
        layer.bias.copy_(torch.tensor(bias))
    return layer


class ConcatenationModule(nn.Module):
    """Values and flags side by side, one hidden layer, the outputs."""

    def __init__(
        self, widths: Sequence[int], bias: Sequence[float], *, width: int, dropout: float
    ) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.hidden = nn.Sequential(
            nn.Linear(sum(widths) + len(widths), width), nn.GELU(), nn.Dropout(dropout)
        )
        self.output = output_layer(width, bias)

    def forward(self, encoded: Tensor) -> Tensor:
        """Map (batch, blocks with flags) to (batch, output)."""
        values, flags = split_blocks(encoded, self.widths)
        joined = torch.cat([*without_absent(values, flags), flags], dim=1)
        output: Tensor = self.output(self.hidden(joined))
        return output


class GatedModule(nn.Module):
    """Each block through a gate of its own, summed."""

    def __init__(
        self,
        widths: Sequence[int],
        bias: Sequence[float],
        *,
        width: int,
        dropout: float,
        block_dropout: float,
    ) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.block_dropout = block_dropout
        self.tokens = nn.ModuleList(nn.Linear(n, width) for n in widths)
        self.gates = nn.Linear(len(widths) * (width + 1), len(widths) * width)
        self.dropout = nn.Dropout(dropout)
        self.output = output_layer(width, bias)

    def forward(self, encoded: Tensor) -> Tensor:
        """Map (batch, blocks with flags) to (batch, output)."""
        values, flags = split_blocks(encoded, self.widths)
        if self.training:
            flags = drop_blocks(flags, self.block_dropout)
        present = (flags > 0)[:, :, None]
        blocks = without_absent(values, flags)
        made = [layer(block) for layer, block in zip(self.tokens, blocks, strict=True)]
        tokens = torch.tanh(torch.stack(made, dim=1)) * present
        gates = torch.sigmoid(self.gates(torch.cat([tokens.flatten(1), flags], dim=1)))
        fused = (gates.view_as(tokens) * tokens).sum(dim=1)
        output: Tensor = self.output(self.dropout(fused))
        return output


class CrossAttentionModule(nn.Module):
    """One query over the tokens of the present blocks and one token that is always there."""

    def __init__(
        self,
        widths: Sequence[int],
        bias: Sequence[float],
        *,
        width: int,
        heads: int,
        dropout: float,
        block_dropout: float,
    ) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.heads = heads
        self.block_dropout = block_dropout
        self.tokens = nn.ModuleList(nn.Linear(n, width) for n in widths)
        self.nothing = nn.Parameter(0.1 * torch.randn(1, width))
        self.query = nn.Parameter(0.1 * torch.randn(1, 1, width))
        self.keys = nn.Linear(width, width, bias=False)
        self.contents = nn.Linear(width, width)
        self.joined = nn.Linear(width, width)
        self.forward_layers = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.dropout = nn.Dropout(dropout)
        self.output = output_layer(width, bias)

    def forward(self, encoded: Tensor) -> Tensor:
        """Map (batch, blocks with flags) to (batch, output)."""
        values, flags = split_blocks(encoded, self.widths)
        if self.training:
            flags = drop_blocks(flags, self.block_dropout)
        blocks = without_absent(values, flags)
        made = [layer(block) for layer, block in zip(self.tokens, blocks, strict=True)]
        n = len(encoded)
        tokens = torch.stack([self.nothing.expand(n, -1), *made], dim=1)
        visible = torch.cat([flags.new_ones(n, 1), flags], dim=1) > 0
        attended = scaled_dot_product_attention(
            self._by_head(self.query.expand(n, 1, -1)),
            self._by_head(self.keys(tokens)),
            self._by_head(self.contents(tokens)),
            attn_mask=visible[:, None, None, :],
        )
        fused = self.joined(attended.transpose(1, 2).flatten(1))
        fused = fused + self.forward_layers(fused)
        output: Tensor = self.output(self.dropout(fused))
        return output

    def _by_head(self, tokens: Tensor) -> Tensor:
        """Map (batch, token, width) to (batch, head, token, width / heads)."""
        n, length, width = tokens.shape
        return tokens.view(n, length, self.heads, width // self.heads).transpose(1, 2)
