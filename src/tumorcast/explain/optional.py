"""The package that maps of networks need and nothing else does."""

from __future__ import annotations

from importlib.util import find_spec

from tumorcast.errors import refuse


def require_captum() -> None:
    """Refuse to make maps without captum, with ``EXP-02``."""
    if find_spec("captum") is None:
        raise refuse(
            "EXP-02",
            "maps of a network are asked for, but captum is not installed",
            expected="the optional package captum",
            fix="pip install 'tumorcast[explain]', or leave out --study",
        )
