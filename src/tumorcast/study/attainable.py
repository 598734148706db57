"""Which AUROC the arms of a study of simulated patients could reach at most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from tumorcast.cohort.simulate import SimulatedCohort
from tumorcast.metrics import auroc
from tumorcast.study.checked import write_json
from tumorcast.study.plan import Plan
from tumorcast.study.schema import Arm
from tumorcast.validation.plain import horizon_name

ATTAINABLE = "attainable.json"
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "ct.tumor": ("texture", "volume"),
    "ct.shell_*": ("rim", "volume"),
    "ct": ("texture", "rim", "volume"),
    "pt": ("uptake", "volume"),
    "volume": ("volume",),
    "clinical": ("clinical",),
    "lab": ("laboratory",),
}
"""The causes that can be seen in a block of columns or in a crop."""


def causes_of(arm: Arm, arms: Mapping[str, Arm]) -> tuple[str, ...]:
    """Return the causes of the outcome that an arm can see.

    Parameters
    ----------
    arms
        Where the arms that it averages are found.
    """
    return tuple(sorted(set(_causes(arm, arms))))


def _causes(arm: Arm, arms: Mapping[str, Arm]) -> Iterator[str]:
    for name in arm.average or ():
        yield from _causes(arms[name], arms)
    for block in (*arm.blocks, *(arm.network.images if arm.network else ())):
        yield from _SHOWN[block]


def write_attainable(folder: Path, plan: Plan, simulated: SimulatedCohort) -> None:
    """Write what each arm can attain, by the plan's first horizon, into ``attainable.json``.

    ``population`` is `Truth.attainable_auroc` of the arm's causes; ``these_patients`` the AUROC
    of the best score for the very patients at hand (censoring weighted), which leaves the luck of
    the draw out of a comparison.
    """
    horizon_days = plan.study.file.endpoint.horizons[0]
    truth = simulated.truth
    target = simulated.outcome.binary_at(horizon_days)

    both = len(np.unique(target.label[target.weight > 0])) == 2

    def here(causes: Iterable[str]) -> float | None:
        return auroc(target.label, truth.best_score(causes), target.weight) if both else None

    causes = {name: causes_of(arm, plan.arms) for name, arm in plan.arms.items()}
    arms = {
        name: {
            "causes": list(of_arm),
            "population": truth.attainable_auroc(of_arm, horizon_days),
            "these_patients": here(of_arm),
        }
        for name, of_arm in causes.items()
    }
    write_json(folder / ATTAINABLE, {"horizon_days": horizon_name(horizon_days), "arms": arms})
