"""What the leading model would be worth with fewer patients, and so perhaps with more."""

from __future__ import annotations

from typing import Any

from tumorcast.study.doubt.figures import auroc_figures
from tumorcast.study.doubt.trials import NotDoneError, Trials
from tumorcast.study.models import build_models
from tumorcast.validation.learning_curve import PartOf

SHARES = (0.4, 0.6, 0.8, 1.0)
FEWEST_EVENTS = 5
"""Events that the smallest part must hold to be learned from."""


def learning_curve(trials: Trials) -> dict[str, Any]:
    """Fit the leading arm on parts of the training patients of the first repeat's folds.

    All parts are judged on the same test patients, none of whom any part holds.
    """
    if not trials.spec.learning_curve:
        raise NotDoneError("switched off in the study file (scepticism.learning_curve)")
    name = trials.leading
    in_training = trials.training_events
    shares = [share for share in SHARES if share * in_training >= FEWEST_EVENTS]
    if len(shares) < 2:
        raise NotDoneError(f"{in_training:.0f} events in a training fold are too few to take parts")
    model = build_models(trials.plan)[name]
    parts = {f"{share:.0%}": share for share in shares}
    found = trials.fit(
        dict.fromkeys(parts, trials.plan.arms[name]),
        "learning curve",
        models={part: PartOf(model, share) for part, share in parts.items()},
        notes={part: {"share": share} for part, share in parts.items()},
    )
    figures = auroc_figures(found.predictions, seed=trials.seed)
    seen = found.ledger.groupby("arm")["n_cases"].max()
    return {
        "arm": name,
        "points": [
            {
                "share": share,
                "cases": int(seen[part]),
                **figures["arms"][part],
            }
            for part, share in parts.items()
        ],
    }
