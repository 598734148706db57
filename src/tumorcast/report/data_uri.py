"""Pictures that stand in the page itself."""

from __future__ import annotations

import base64
import io
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Format = Literal["jpeg", "png"]


def data_uri(picture: bytes, kind: Format) -> str:
    """Return the content of a picture's file as a data URI."""
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"


def pixels_uri(pixels: NDArray[np.uint8], kind: Format, **settings: int) -> str:
    """Return pixels, (y, x) or (y, x, RGB), as a data URI.

    Parameters
    ----------
    settings
        What Pillow's writer of this format takes, such as ``quality``.
    """
    from PIL import Image  # noqa: PLC0415

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=kind, **settings)
    return data_uri(buffer.getvalue(), kind)
