"""What to measure and how: the parameter file of PyRadiomics as a frozen value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml

from tumorcast.errors import BadInputError, refuse
from tumorcast.radiomics.ibsi import Config
from tumorcast.radiomics.ibsi.settings import READING_NAMES, as_sections, config_of
from tumorcast.radiomics.names import CLASS_NAMES, DEPRECATED, FEATURE_NAMES, IMAGE_TYPE_NAMES
from tumorcast.radiomics.options import VOXEL_SETTING_NAMES, Options, checked, unknown

STANDARDS = ("pyradiomics", "ibsi")
_SECTIONS = ("standard", "setting", "voxelSetting", "imageType", "featureClass")


@dataclass(frozen=True)
class ImageType:
    """One image type and the settings that hold for it alone, by PyRadiomics' names."""

    name: str
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """What an extraction measures.

    Parameters
    ----------
    options
        The settings that hold for all images.
    image_types
        In the order in which their columns stand.
    features
        Names to measure in each class; in the order in which their columns stand.
    ibsi
        What to measure by IBSI's definitions and under its names, in place of all else but the
        label; None for PyRadiomics.
    voxel_setting
        Names of the settings of feature maps that were given.
    """

    options: Options = field(default_factory=Options)
    image_types: tuple[ImageType, ...] = (ImageType("Original"),)
    features: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: all_features())  # noqa: PLW0108 - defined below
    ibsi: Config | None = None
    voxel_setting: tuple[str, ...] = ()

    @property
    def standard(self) -> str:
        """Whose definitions and names hold: ``"pyradiomics"`` or ``"ibsi"``."""
        return "pyradiomics" if self.ibsi is None else "ibsi"

    @classmethod
    def load(cls, params: str | Path | Mapping[str, Any] | Self) -> Settings:
        """Return the settings of a PyRadiomics parameter file, YAML or JSON, or of its content.

        Raises
        ------
        StudyRefusedError
            ``RAD-01`` an unknown standard, setting, image type, feature class or feature, with the
            nearest name that exists; ``RAD-02`` a value that is not accepted. Under
            ``standard: ibsi`` as `ibsi.settings.config_of`.
        BadInputError
            ``RAD-03`` the file cannot be read as YAML or JSON.
        """
        if isinstance(params, Settings):
            return params
        content = params if isinstance(params, Mapping) else _read(Path(params))
        return cls.from_dict(content)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Settings:
        """Return the settings in the layout of a PyRadiomics parameter file; raises as `load`.

        ``standard: ibsi`` at the top gives the sections IBSI's names: see
        `tumorcast.radiomics.ibsi.settings`.
        """
        standard = content.get("standard", "pyradiomics")
        if standard not in STANDARDS:
            raise refuse(
                "RAD-01",
                f"unknown standard {standard!r}",
                expected=" or ".join(STANDARDS),
                fix="correct standard, or leave it out for PyRadiomics",
            )
        if standard == "ibsi":
            return cls._of_ibsi(content)
        for section in content:
            if section not in _SECTIONS:
                raise unknown("RAD-01", f"section '{section}'", section, _SECTIONS)
        options = Options()
        for section in ("setting", "voxelSetting"):
            options = options.updated(_mapping(content, section), section)
        given = {
            name for section in ("setting", "voxelSetting") for name in _mapping(content, section)
        }
        voxel = tuple(name for name in VOXEL_SETTING_NAMES if name in given)
        return cls(options, _image_types(content), _features(content, options), None, voxel)

    @classmethod
    def _of_ibsi(cls, content: Mapping[str, Any]) -> Self:
        setting = dict(_mapping(content, "setting"))
        reading = {name: setting.pop(name) for name in READING_NAMES if name in setting}
        config = config_of({**content, "setting": setting})
        return cls(Options().updated(reading, "setting"), (), {}, config)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as a parameter file holds them, as plain JSON."""
        if self.ibsi is not None:
            sections = as_sections(self.ibsi)
            reading = self.options.as_dict()
            sections["setting"] |= {name: reading[name] for name in READING_NAMES}
            return {"standard": "ibsi", **sections}
        options = self.options.as_dict()
        voxel = {name: options.pop(name) for name in VOXEL_SETTING_NAMES if name in options}
        usual = Options().as_dict()
        voxel = {k: v for k, v in voxel.items() if k in self.voxel_setting or v != usual.get(k)}
        return {
            "setting": options,
            "voxelSetting": voxel,
            "imageType": {kind.name: dict(kind.overrides) for kind in self.image_types},
            "featureClass": {name: list(chosen) for name, chosen in self.features.items()},
        }

    def options_of(self, kind: ImageType) -> Options:
        """Return the options that hold for one image type."""
        return self.options.updated(kind.overrides, f"imageType {kind.name}")


def all_features(*, shape_2d: bool = False) -> dict[str, tuple[str, ...]]:
    """Return every feature that is not deprecated, shape in the plane only when asked for."""
    return {name: _not_deprecated(name) for name in CLASS_NAMES if shape_2d or name != "shape2D"}


def _not_deprecated(name: str) -> tuple[str, ...]:
    return tuple(f for f in FEATURE_NAMES[name] if f not in DEPRECATED.get(name, {}))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix.lower() == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise BadInputError(
            "RAD-03",
            f"the parameter file cannot be read: {str(error).splitlines()[0]}",
            expected="a PyRadiomics parameter file in YAML or JSON",
            fix="correct the file, or give the name of a preset",
            file=str(path),
        ) from error
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise BadInputError(
            "RAD-03",
            f"the parameter file holds {type(content).__name__}",
            expected="the sections setting, imageType and featureClass",
            fix="see PyRadiomics' example settings",
            file=str(path),
        )
    return content


def _mapping(content: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    value = content.get(section) or {}
    if not isinstance(value, Mapping):
        raise refuse(
            "RAD-02",
            f"section {section} holds {value!r}",
            expected="names with their values",
            fix=f"write each entry of {section} as 'name: value'",
        )
    return value


def _image_types(content: Mapping[str, Any]) -> tuple[ImageType, ...]:
    kinds = []
    for name, overrides in _mapping(content, "imageType").items():
        if name not in IMAGE_TYPE_NAMES:
            raise unknown("RAD-01", f"image type '{name}'", name, IMAGE_TYPE_NAMES)
        given = _mapping({f"imageType {name}": overrides}, f"imageType {name}")
        checked(given, f"imageType {name}")
        kinds.append(ImageType(name, dict(given)))
    return tuple(kinds) or (ImageType("Original"),)


def _features(content: Mapping[str, Any], options: Options) -> dict[str, tuple[str, ...]]:
    classes = _mapping(content, "featureClass")
    if not classes:
        return all_features(shape_2d=options.force_2d)
    return {name: _chosen(name, chosen) for name, chosen in classes.items()}


def _chosen(name: str, chosen: Sequence[str] | None) -> tuple[str, ...]:
    if name not in CLASS_NAMES:
        raise unknown("RAD-01", f"feature class '{name}'", name, CLASS_NAMES)
    if not chosen:
        return _not_deprecated(name)
    if not isinstance(chosen, list | tuple):
        raise refuse(
            "RAD-02",
            f"featureClass {name} holds {chosen!r}",
            expected="a list of features, or nothing for all",
            fix=f"write {name}: [Feature, ...]",
        )
    for feature in map(str, chosen):
        if feature not in FEATURE_NAMES[name]:
            known = FEATURE_NAMES[name]
            raise unknown("RAD-01", f"feature '{feature}' of class {name}", feature, known)
    return tuple(chosen)
