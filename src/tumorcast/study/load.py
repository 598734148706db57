"""From a YAML file and overrides to a study, or to every reason why it is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from tumorcast.errors import Finding, StudyRefusedError, refuse
from tumorcast.study.presets import STUDY_PRESETS
from tumorcast.study.schema import Frozen, StudyFile

Document = dict[str, Any]
FileT = TypeVar("FileT", bound=Frozen)


@dataclass(frozen=True)
class Study:
    """A parsed study.

    Parameters
    ----------
    file
        What is to be done.
    base
        Folder that the relative paths of the file start at.
    given, preset
        The documents that `file` was merged from; the plan reads from them who chose what.
    """

    file: StudyFile
    base: Path
    given: Document
    preset: Document


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error rather than the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key}' stands twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def load(path: str | Path, overrides: Sequence[str] = ()) -> Study:
    """Read a study file.

    Parameters
    ----------
    path
        The YAML file. Relative paths in it start at its folder.
    overrides
        ``key=value`` with dots between levels, as ``validation.repeats=2``; values are YAML.

    Raises
    ------
    StudyRefusedError
        ``STU-01`` no such file, ``STU-02`` not YAML, ``STU-03`` an unknown key, ``STU-04`` a wrong
        or missing value, ``STU-05`` an unknown preset, ``STU-06`` an override that is no
        ``key=value``. All unknown keys and wrong values are named at once.
    """
    path = Path(path)
    given = document_of(path, overrides)
    preset = _preset_of(given, str(path))
    file = parsed(StudyFile, _merged(preset, given), path)
    return Study(file, path.parent.resolve(), given, preset)


def document_of(path: Path, overrides: Sequence[str]) -> Document:
    """Return what a study file and the overrides say, unjudged; refuses as `load`."""
    given = _read_document(path)
    for override in overrides:
        _apply_override(given, override)
    return given


def parsed(kind: type[FileT], document: Document, path: Path) -> FileT:
    """Return a document as a study file or a part of one.

    Raises
    ------
    StudyRefusedError
        ``STU-03`` and ``STU-04`` as `load`.
    """
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise StudyRefusedError(_findings_of(error, str(path))) from None


def _read_document(path: Path) -> Document:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"byte {error.start} is no UTF-8"
        raise refuse(
            "STU-01",
            f"the study file cannot be read ({reason})",
            expected="a YAML file in UTF-8",
            fix="check the path, or make one with `tumorcast init`",
            file=str(path),
        ) from None
    return _mapping_of(text, str(path))


def _mapping_of(text: str, file: str) -> Document:
    try:
        document = _UniqueKeyLoader(text).get_single_data()
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise refuse(
            "STU-02",
            f"the text is not valid YAML: {' '.join(str(error).split())}",
            expected="YAML with every key once",
            fix="mend the line that is named",
            file=file,
        ) from None
    if not isinstance(document, dict):
        raise refuse(
            "STU-02",
            f"the document is a {type(document).__name__}",
            expected="keys and values (study:, cohort:, endpoint:, ...)",
            fix="see the study file page of the documentation, or run `tumorcast init`",
            file=file,
        )
    return document


def _apply_override(document: Document, override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise refuse(
            "STU-06",
            f"'{override}' is not an override",
            expected="key=value, such as validation.repeats=2",
            fix="put an equals sign between key and value",
        )
    *parents, leaf = key.split(".")
    target = document
    for parent in parents:
        below = target.setdefault(parent, {})
        if not isinstance(below, dict):
            raise refuse(
                "STU-06",
                f"'{key}' goes below '{parent}', which is a value",
                expected="a key of the study file",
                fix=f"set {parent} itself",
            )
        target = below
    target[leaf] = yaml.safe_load(value)


def _preset_of(given: Document, file: str) -> Document:
    name = given.get("preset")
    if name not in STUDY_PRESETS:
        raise refuse(
            "STU-05",
            "no preset is named" if name is None else f"there is no preset '{name}'",
            expected=f"preset: one of {', '.join(STUDY_PRESETS)}",
            fix="choices that change the science have no silent default: name the preset that "
            "fills in those that the file leaves open",
            file=file,
        )
    return dict(STUDY_PRESETS[str(name)])


def _merged(preset: Mapping[str, Any], given: Mapping[str, Any]) -> Document:
    merged: Document = dict(preset)
    for key, value in given.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _findings_of(error: ValidationError, file: str) -> Iterator[Finding]:
    for detail in error.errors():
        where = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "extra_forbidden":
            yield Finding(
                "STU-03", "refused", f"unknown key '{where}'", "", _did_you_mean(where), file=file
            )
        else:
            yield Finding(
                "STU-04",
                "refused",
                f"{where or 'study'}: {detail['msg'].removeprefix('Value error, ')}"
                + (f" (found {detail['input']!r})" if _is_scalar(detail["input"]) else ""),
                "",
                "correct this value in the study file",
                file=file,
            )


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def _did_you_mean(where: str) -> str:
    key = where.rsplit(".", maxsplit=1)[-1]
    known = _known_keys()
    if key in known:
        return "remove it, it belongs to another part of a study file"
    close = difflib.get_close_matches(key, known, n=1)
    return f"did you mean '{close[0]}'?" if close else "remove it"


def _known_keys() -> list[str]:
    schema = StudyFile.model_json_schema()
    models = [schema, *schema["$defs"].values()]
    return sorted({key for model in models for key in model.get("properties", {})})
