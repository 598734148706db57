"""How much worse held-out rows are ranked once a block or a column says nothing any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort import BinaryTarget
from tumorcast.explain.looked_at import Players
from tumorcast.explain.mixing import Mixer
from tumorcast.features import ModelInputs
from tumorcast.metrics import aurocs
from tumorcast.validation import OutcomeModel

N_SHUFFLES = 10
N_RESAMPLES = 500


@dataclass(frozen=True)
class Drop:
    """The mean fall of the AUROC over the shuffles, and its 95% bootstrap interval over cases."""

    mean: float
    low: float
    high: float


def shuffled_risks(
    model: OutcomeModel,
    inputs: ModelInputs,
    players: Players,
    rows: NDArray[np.int64],
    *,
    seed: int,
) -> NDArray[np.float64]:
    """Return the risks of held-out rows with one player's values dealt out anew among them.

    Permutation importance (Breiman, Machine Learning 2001;45:5); all columns of a block move
    together, so what they share is not found in one another.

    Returns
    -------
    Shape (players, `N_SHUFFLES`, rows).
    """
    mixer, random = Mixer(inputs, players), np.random.default_rng(seed)
    n_players = len(players.names)
    risks = np.empty((n_players, N_SHUFFLES, len(rows)))
    others = np.stack([random.permutation(rows) for _ in range(N_SHUFFLES)]).reshape(-1)
    own = np.tile(rows, N_SHUFFLES)
    for player in range(n_players):
        taken = np.ones((len(own), n_players), dtype=bool)
        taken[:, player] = False
        risks[player] = model.predict_risk(mixer.mixed(own, others, taken)).reshape(N_SHUFFLES, -1)
    return risks


def auroc_drop(
    target: BinaryTarget,
    risk: NDArray[np.float64],
    shuffled: NDArray[np.float64],
    patients: Sequence[str],
    *,
    seed: int,
) -> Drop | None:
    """Return how far the AUROC falls; ``None`` where it is not defined.

    Parameters
    ----------
    risk
        Out-of-fold risk of all cases, shape (n,).
    shuffled
        The same with the values dealt out anew, shape (shuffles, n).
    patients
        Patient of each case; they are drawn whole.
    """
    known = np.flatnonzero(target.weight > 0)
    if len(np.unique(target.label[known])) < 2:
        return None
    label, weight = target.label[known], target.weight[known]
    names, patient = np.unique(np.array(patients, dtype=np.str_)[known], return_inverse=True)
    drawn = np.random.default_rng(seed).integers(len(names), size=(N_RESAMPLES, len(names)))
    times = np.stack([np.bincount(one, minlength=len(names)) for one in drawn])[:, patient]
    weights = weight * np.vstack([np.ones(len(known), dtype=np.int64), times])
    without = np.mean([aurocs(label, one[known], weights) for one in shuffled], axis=0)
    falls = aurocs(label, risk[known], weights) - without
    low, high = np.nanquantile(falls[1:], [0.025, 0.975])
    return Drop(float(falls[0]), float(low), float(high))
