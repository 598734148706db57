"""Locked models in use."""

from tumorcast.study import LockedModel, load_bundle

__all__ = ["LockedModel", "load_bundle"]
