"""SimpleITK, which has no type hints."""

from __future__ import annotations

from importlib import import_module
from typing import Any

sitk: Any = import_module("SimpleITK")
