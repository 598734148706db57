"""Units of voxel values."""

from __future__ import annotations

from typing import Literal

Unit = Literal["HU", "SUVbw", "arbitrary"]
"""``HU`` for CT, ``SUVbw`` (g/mL) for PET, ``arbitrary`` for the rest (MR, filtered images)."""
