"""From many simulated studies to the distribution of what would be reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from tumorcast.metrics import cox_snell_of_c, sample_size_binary
from tumorcast.metrics.calibration_curve import wilson_interval
from tumorcast.study.doubt.blocks import Block
from tumorcast.study.doubt.steps import Step, steps_of
from tumorcast.study.power.planned import PlannedBlock, PlannedStudy
from tumorcast.study.power.population import Population
from tumorcast.validation.verdict import LEVEL, Answer

OFF_BY = 0.05
"""A reported AUROC that is further from what its models reach is called off."""

MOSTLY = 0.8
"""Share of studies in which a block must be found to add for a size to be called enough."""

_CHANCE = 0.5

Studies = Sequence[Mapping[str, Any]]


def summarise(study: PlannedStudy, by_size: Mapping[int, Studies]) -> dict[str, Any]:
    """Return the content of ``power.json``.

    Parameters
    ----------
    by_size
        What `simulate_study` returned, by number of patients.
    """
    population = Population.of(study)
    blocks = [block.as_block() for block in study.blocks]
    parts, steps = steps_of(blocks)
    names = {arm: tuple(block.name for block in blocks if block in part)
             for arm, part in sorted(parts.items(), key=lambda item: len(item[1]))}  # fmt: skip
    attainable = {arm: population.attainable_auroc(of_arm) for arm, of_arm in names.items()}
    columns = {arm: sum(block.n_columns for block in part) for arm, part in parts.items()}
    sizes = [_size(study, patients, studies, attainable, blocks, steps)
             for patients, studies in by_size.items()]  # fmt: skip
    return {
        "plan": _plan(study),
        "population": [_of_block(block, population) for block in study.blocks],
        "models": {
            arm: {
                "blocks": list(of_arm),
                "columns": columns[arm],
                "attainable": attainable[arm],
                "riley": _riley(columns[arm], study.prevalence, attainable[arm]),
            }
            for arm, of_arm in names.items()
        },
        "sizes": sizes,
        "level": LEVEL,
        "off_by": OFF_BY,
        "mostly": MOSTLY,
        "enough": {block.name: _enough(block.name, sizes) for block in blocks if len(blocks) > 1},
    }


def _plan(study: PlannedStudy) -> dict[str, Any]:
    chosen = {name: value for name, value in vars(study).items() if name != "blocks"}
    return {
        **chosen,
        "patients": list(study.patients),
        "blocks": [dict(vars(block)) for block in study.blocks],
    }


def _of_block(block: PlannedBlock, population: Population) -> dict[str, Any]:
    return {
        "block": block.name,
        "columns": block.columns,
        "informative": block.n_informative,
        "auroc": population.attainable_auroc([block.name]),
        "column_auroc": population.column_auroc(block.name),
    }


def _size(
    study: PlannedStudy,
    patients: int,
    studies: Studies,
    attainable: Mapping[str, float],
    blocks: Sequence[Block],
    steps: Sequence[Step],
) -> dict[str, Any]:
    return {
        "patients": patients,
        "n_events": study.n_events(patients),
        "studies": len(studies),
        "arms": {arm: _arm(studies, arm, best) for arm, best in attainable.items()},
        "blocks": [
            {
                "block": block.name,
                "answers": _answers(studies, number),
                "gains": [
                    {
                        "beyond": step.beyond,
                        "attainable": attainable[step.with_it] - attainable[step.without],
                        **_gain(studies, number, place),
                    }
                    for place, step in enumerate(s for s in steps if s.block == block.name)
                ],
            }
            for number, block in enumerate(blocks)
            if len(blocks) > 1
        ],
    }


def _arm(studies: Studies, arm: str, attainable: float) -> dict[str, Any]:
    value, low, high, reached = (
        np.array([study["arms"][arm][name] for study in studies])
        for name in ("value", "ci_low", "ci_high", "reached")
    )
    return {
        "reported": _spread(value),
        "width": _spread(high - low),
        "reached": _spread(reached),
        "shortfall": _spread(attainable - reached),
        "error": _spread(value - reached),
        "off": _share(np.abs(value - reached) > OFF_BY),
        "covered": _share((low <= reached) & (reached <= high)),
    }


def _answers(studies: Studies, number: int) -> dict[str, Any]:
    told = np.array([study["blocks"][number]["answer"] for study in studies])
    return {answer: _share(told == answer) for answer in get_args(Answer)}


def _gain(studies: Studies, number: int, place: int) -> dict[str, Any]:
    tests = [study["blocks"][number]["gains"][place] for study in studies]
    gain, low, high, p = (
        np.array([np.nan if test[name] is None else test[name] for test in tests])
        for name in ("difference", "ci_low", "ci_high", "p_value")
    )
    return {
        "reported": _spread(gain),
        "width": _spread(high - low),
        "significant": _share((p < LEVEL) & (gain > 0)),
    }


def _spread(values: NDArray[np.float64]) -> dict[str, float] | None:
    """Return the mean and quantiles over the studies that have a value."""
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, quarter, median, three_quarters, high = np.quantile(
        values, [0.025, 0.25, 0.5, 0.75, 0.975]
    )
    return {
        "mean": float(values.mean()),
        "median": float(median),
        "low": float(low),
        "high": float(high),
        "quarter": float(quarter),
        "three_quarters": float(three_quarters),
    }


def _share(true: NDArray[np.bool_]) -> dict[str, float]:
    """Return a share of studies with Wilson's 95% interval."""
    share, n = np.array(true.mean()), np.array(float(len(true)))
    low, high = wilson_interval(share, n)
    return {"share": float(share), "ci_low": float(low), "ci_high": float(high)}


def _riley(columns: int, prevalence: float, attainable: float) -> dict[str, float] | None:
    """Return the minimum sample size of a model; none where the columns hold nothing."""
    if attainable <= _CHANCE:
        return None
    r2 = cox_snell_of_c(attainable, prevalence)
    return dict(vars(sample_size_binary(columns, prevalence, r2)))


def _enough(block: str, sizes: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the smallest size at which the block mostly adds; ``None`` if it does at none."""
    for size in sorted(sizes, key=lambda one: int(one["patients"])):
        (found,) = (one for one in size["blocks"] if one["block"] == block)
        if found["answers"]["adds"]["share"] >= MOSTLY:
            return int(size["patients"])
    return None
