"""What the answers to reporting guidelines are drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tumorcast.report.limits import Limit
from tumorcast.report.population import Flow
from tumorcast.report.results import HorizonResults
from tumorcast.report.roles import Roles
from tumorcast.report.run_files import RunFiles


@dataclass(frozen=True)
class Answer:
    """What the run says, and where: a chapter (``#methods``) or a file of the run directory."""

    text: str
    place: str


@dataclass(frozen=True)
class Facts:
    """What the answers are drawn from.

    Parameters
    ----------
    files, flow, results, roles, limits
        As the report shows them; `results` at the primary horizon.
    chapters
        Names of the chapters that the report has, and of parts of them.
    """

    files: RunFiles
    flow: Flow
    results: HorizonResults
    roles: Roles
    limits: tuple[Limit, ...]
    chapters: frozenset[str]

    @property
    def study(self) -> Mapping[str, Any]:
        """The study file as the plan resolved it."""
        return self.files.study

    @property
    def performance(self) -> str:
        """The chapter of the primary horizon."""
        return f"#performance-{self.results.slug}"

    @property
    def images(self) -> list[str]:
        """Names of the images that anything was computed from."""
        used = [*(self.study.get("radiomics") or {}), *(self.study.get("embeddings") or {})]
        networks = [arm["network"] for arm in self.files.arms.values() if arm.get("network")]
        return list(dict.fromkeys([*used, *(i for one in networks for i in one["images"])]))

    def image_columns(self) -> list[str]:
        """Return the columns that are features of an image."""
        columns = () if self.files.features is None else self.files.features.columns
        measured = tuple(f"{image}." for image in self.study.get("radiomics") or {})
        return [str(name) for name in columns if str(name).startswith(measured)] if measured else []

    def selections(self) -> list[Mapping[str, Any]]:
        """Return how each arm that selects features does so."""
        return [arm["select"] for arm in self.files.arms.values() if arm.get("select")]


Ask = Callable[[Facts], Answer | None]
