"""The sections of a parameter file under ``standard: ibsi``, read and written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, cast

from tumorcast.errors import refuse
from tumorcast.radiomics.ibsi.config import FAMILIES, Binning, Config, FixedBinNumber, FixedBinSize
from tumorcast.radiomics.ibsi.filters import FILTERS, Filter
from tumorcast.radiomics.ibsi.parameters import Checked, as_mapping, build, plain, unknown_name

_BINNINGS = ("binning", "ivh_binning", "response_binning")
_NOT_SETTINGS = ("families", "original", "filters")
SETTING_NAMES = tuple(item.name for item in fields(Config) if item.name not in _NOT_SETTINGS)
READING_NAMES = ("label", "label_channel")
"""Settings of both standards: which region of a mask is read."""
SECTIONS = ("standard", "setting", "imageType", "featureClass")


def config_of(content: Mapping[str, Any]) -> Config:
    """Return what a parameter file configures.

    Parameters
    ----------
    content
        ``setting`` (the parameters of `Config`), ``imageType`` (``Original`` and the names of
        `FILTERS`, each with one mapping of parameters or a list of them) and ``featureClass``
        (a list of `FAMILIES`); what is left out has the default of `Config`.

    Raises
    ------
    StudyRefusedError
        ``IBS-01`` a value is missing or not accepted, ``IBS-02``, ``IBS-03`` and ``IBS-09`` as
        `Config`, ``IBS-08`` a name is not known.
    """
    for section in content:
        if section not in SECTIONS:
            raise unknown_name(f"section '{section}' under standard: ibsi", section, SECTIONS)
    setting = dict(as_mapping(content.get("setting"), "setting"))
    for name in setting:
        if name not in SETTING_NAMES:
            raise unknown_name(f"setting '{name}'", name, (*SETTING_NAMES, *READING_NAMES))
    for name in _BINNINGS:
        if setting.get(name) is not None:
            setting[name] = _binning(setting[name], name)
    images = as_mapping(content.get("imageType"), "imageType")
    return Config(
        **setting,
        original="Original" in images or not images,
        filters=tuple(_filters(images)),
        families=_families(content.get("featureClass")),
    )


def as_sections(config: Config) -> dict[str, Any]:
    """Return the sections that `config_of` reads, as plain JSON."""
    given = plain(config)
    filters: dict[str, list[Any]] = {}
    for filter_ in config.filters:
        kind = next(name for name, known in FILTERS.items() if isinstance(filter_, known))
        filters.setdefault(kind, []).append(plain(filter_))
    original: dict[str, Any] = {"Original": {}} if config.original else {}
    return {
        "setting": {name: value for name, value in given.items() if name in SETTING_NAMES},
        "imageType": original | filters,
        "featureClass": list(config.families),
    }


def _binning(value: Any, name: str) -> Binning:
    values = as_mapping(value, f"setting {name}")
    kind: type[Checked] = FixedBinNumber if "count" in values else FixedBinSize
    return cast("Binning", build(kind, values, f"setting {name}"))


def _filters(images: Mapping[str, Any]) -> Iterator[Filter]:
    known = ("Original", *FILTERS)
    for name, given in images.items():
        if name not in known:
            raise unknown_name(f"image type '{name}'", name, known)
        if name == "Original":
            _refuse_parameters(given)
            continue
        for values in given if isinstance(given, list) else [given]:
            yield cast("Filter", build(FILTERS[name], values, f"imageType {name}"))


def _refuse_parameters(given: Any) -> None:
    if given:
        raise refuse(
            "IBS-01",
            f"imageType Original holds {given!r}",
            expected="no parameters: the settings hold for the image itself",
            fix="write 'Original: {}'",
        )


def _families(given: Any) -> tuple[str, ...]:
    if not given:
        return tuple(FAMILIES)
    chosen = given
    if isinstance(given, Mapping):
        if any(given.values()):
            raise refuse(
                "IBS-01",
                "single features in featureClass",
                expected="families, which IBSI's engine measures whole",
                fix=f"list some of {', '.join(FAMILIES)}",
            )
        chosen = list(given)
    for name in chosen if isinstance(chosen, list) else ():
        if name not in tuple(FAMILIES):
            raise unknown_name(f"feature family '{name}'", name, tuple(FAMILIES))
    return cast("tuple[str, ...]", chosen)
