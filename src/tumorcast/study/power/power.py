"""From a planned study to the distribution of what it would report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tumorcast.engine import Store, Task, key_of, run_tasks
from tumorcast.study.checked import write_json
from tumorcast.study.identity import program_version
from tumorcast.study.power.planned import PlannedStudy
from tumorcast.study.power.population import Population
from tumorcast.study.power.simulate import simulate_study
from tumorcast.study.power.summary import summarise
from tumorcast.study.power.text import lines
from tumorcast.study.progress import Progress, no_progress
from tumorcast.study.run import STORE_NAME


@dataclass(frozen=True)
class PowerResult:
    """What a planned study would report.

    Parameters
    ----------
    document
        The content of ``power.json``.
    files
        Written files; none without a folder.
    """

    document: Mapping[str, Any]
    files: tuple[Path, ...] = ()

    def told(self) -> list[str]:
        """Return lines for people."""
        return [*lines(self.document), *map(str, self.files)]


def power(
    study: PlannedStudy,
    *,
    output: Path | None = None,
    workers: int = 1,
    progress: Progress = no_progress,
) -> PowerResult:
    """Simulate a planned study many times and return what would be reported.

    Every study goes through the preparation, the selection, the learner, the folds, the intervals,
    the tests and the verdicts of a run. Studies that are done are kept beside `output`, so that
    more of them, or an interrupted call, cost only what is new.

    Parameters
    ----------
    output
        Folder for ``power.json`` and ``power.svg``.
    workers
        Processes; the result does not depend on it.

    Raises
    ------
    StudyRefusedError
        ``PWR-10`` when the population cannot be as assumed.
    """
    Population.of(study)
    sizes = sorted(set(study.patients))
    # One study of each size after the other, so that what is left can be told from what is done.
    wanted = [(patients, number) for number in range(study.studies) for patients in sizes]
    tasks = {
        (patients, number): Task(
            key_of("power", program_version(), _identity(study), [f"{patients}/{number}"]),
            f"{patients} patients, study {number}",
            simulate_study,
            (study, patients, number),
        )
        for patients, number in wanted
    }
    store = None if output is None else Store(output.resolve().parent / STORE_NAME)
    found: dict[str, Mapping[str, Any]] = {}
    for done in run_tasks(
        list(tasks.values()),
        workers=workers,
        store=store,
        on_progress=lambda done, total, _: progress("simulated studies", done, total),
    ):
        found[done.task.key] = done.get()
    by_size = {
        patients: [found[tasks[patients, number].key] for number in range(study.studies)]
        for patients in sizes
    }
    result = PowerResult(summarise(study, by_size))
    return result if output is None else replace(result, files=_write(result.document, output))


def _identity(study: PlannedStudy) -> dict[str, Any]:
    """Return what decides the result of one simulated study, as plain JSON."""
    chosen = {name: value for name, value in vars(study).items()
              if name not in {"patients", "studies", "blocks"}}  # fmt: skip
    return {**chosen, "blocks": [dict(vars(block)) for block in study.blocks]}


def _write(document: Mapping[str, Any], output: Path) -> tuple[Path, ...]:
    from tumorcast.report.planning import power_plot  # noqa: PLC0415  (matplotlib is heavy)

    output.mkdir(parents=True, exist_ok=True)
    figures, drawing = output / "power.json", output / "power.svg"
    write_json(figures, document)
    drawing.write_text(power_plot(document).document, encoding="utf-8")
    return figures, drawing
