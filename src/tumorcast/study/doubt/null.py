"""The leading model on outcomes that are dealt out anew: what the pipeline shows of nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tumorcast.study.doubt.figures import mean_auroc
from tumorcast.study.doubt.trials import NotDoneError, Trials
from tumorcast.validation import permuted


def null_runs(trials: Trials) -> dict[str, Any]:
    """Validate the leading arm on permuted outcomes, one repeat each.

    ``expected_sd`` is the standard deviation of the AUROC of a score without any signal
    (Mann-Whitney), ``excess`` how far the mean lies from 0.5 in standard errors of itself, by this
    or by the spread of the runs, whichever is larger: refitted models spread more.
    """
    n = trials.spec.permutations
    if n == 0:
        raise NotDoneError("switched off in the study file (scepticism.permutations: 0)")
    if trials.null:
        raise NotDoneError("the whole run is a null run")
    name = trials.leading
    found = [_one(trials, name, number) for number in range(n)]
    of_arm = trials.metrics["arms"][name]["auroc"]
    n_with, n_without = of_arm["n_events"], of_arm["n"] - of_arm["n_events"]
    expected = math.sqrt((n_with + n_without + 1) / (12 * n_with * n_without))
    mean = float(np.mean(found))
    spread = max(expected, float(np.std(found, ddof=1)) if n > 1 else 0.0)
    return {
        "arm": name,
        "aurocs": found,
        "mean": mean,
        "expected_sd": expected,
        "excess": (mean - 0.5) / (spread / math.sqrt(n)),
        "observed": of_arm["value"],
        "as_high": int(np.sum(np.array(found) >= of_arm["value"])),
    }


def _one(trials: Trials, name: str, number: int) -> float:
    dealt = permuted(trials.outcome, trials.seed + 1 + number, trials.inputs.groups)
    result = trials.fit({name: trials.plan.arms[name]}, "null runs", outcome=dealt)
    return mean_auroc(result.predictions, name)
