"""How the cases lie to each other by what is known of them, drawn by t-SNE."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tumorcast.report.run_files import RunFiles
from tumorcast.report.style import LIGHT, Plot, draw
from tumorcast.report.words import arm_name, count
from tumorcast.validation import ArmScores

Floats = NDArray[np.float64]

FEWEST_CASES, FEWEST_COLUMNS, MOST_CASES = 20, 3, 2000
_COMPONENTS = 30
_SEED = 0
_DOT = 26
_EMPTY = (0.0, 0.0, 0.0, 0.0)


def embedding_plot(files: RunFiles, name: str, arm: ArmScores) -> Plot | None:
    """Return t-SNE of the standardised columns beside what happened and what was predicted.

    The outcome has no part in the places. ``None`` where there are few cases or columns.

    Parameters
    ----------
    name, arm
        The leading arm; its out-of-fold probabilities fill the second panel.
    """
    values = _columns(files, arm.cases)
    if values is None:
        return None
    places = places_of(values)
    risk = arm.probability.mean(axis=0)
    had_event = arm.event == 1

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        _paint_outcome(left, places, had_event)
        _paint_risk(right, places, risk)

    return draw(
        paint,
        name="embedding",
        size_inch=(7.4, 3.7),
        title="How the cases lie to each other",
        caption=f"t-SNE (van der Maaten and Hinton 2008) of {count(values.shape[1], 'column')} of"
        " numbers, standardised, gaps filled with the median; the outcome has no part in it. Left:"
        f" what happened at any time. Right: the out-of-fold probability of {arm_name(name)}, the"
        " darker the higher. Near cases are alike; distances between groups mean nothing, and a"
        " picture proves nothing.",
        alt=f"t-SNE of {len(places)} cases, {int(had_event.sum())} of them with the event",
        data=pd.DataFrame(
            {
                "x": places[:, 0].round(3),
                "y": places[:, 1].round(3),
                "event": arm.event,
                "probability": risk.round(4),
            }
        ),
    )


def places_of(values: Floats) -> Floats:
    """Return a place in the plane for each row of standardised values; shape (n, 2)."""
    from sklearn.decomposition import PCA  # noqa: PLC0415  (heavy)
    from sklearn.manifold import TSNE  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    n, width = values.shape
    # One thread: sums in another order would move every case.
    with threadpool_limits(1):
        if width > _COMPONENTS:
            fewer = min(_COMPONENTS, n - 1)
            values = PCA(fewer, svd_solver="full").fit_transform(values)
        perplexity = min(30.0, (n - 1) / 3)
        drawn = TSNE(2, perplexity=perplexity, init="pca", random_state=_SEED, max_iter=500)
        places: Floats = np.asarray(drawn.fit_transform(values), dtype=np.float64)
    return places


def _columns(files: RunFiles, cases: tuple[str, ...]) -> Floats | None:
    """Return the columns of numbers, standardised; ``None`` where too little is left."""
    if files.features is None or not FEWEST_CASES <= len(cases) <= MOST_CASES:
        return None
    table = files.features.set_axis(files.features.index.astype(str)).reindex(list(cases))
    numbers = table.select_dtypes("number").astype(np.float64)
    numbers = numbers.replace([np.inf, -np.inf], np.nan)
    numbers = numbers.fillna(numbers.median()).dropna(axis=1, how="any")
    spread = numbers.std()
    numbers = numbers.loc[:, spread > 1e-12 * (1 + numbers.abs().max())]
    if numbers.shape[1] < FEWEST_COLUMNS:
        return None
    standard: Floats = ((numbers - numbers.mean()) / numbers.std()).to_numpy(np.float64)
    return standard


def _paint_outcome(axes: Axes, places: Floats, had_event: NDArray[np.bool_]) -> None:
    free, event = places[~had_event], places[had_event]
    axes.scatter(free[:, 0], free[:, 1], s=_DOT, facecolors=[_EMPTY], edgecolors=LIGHT["other"],
                 linewidths=1.1, label="no event")  # fmt: skip
    axes.scatter(event[:, 0], event[:, 1], s=_DOT, color=LIGHT["event"], marker="D", label="event")
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=2,
                handletextpad=0.1)  # fmt: skip
    _bare(axes)


def _paint_risk(axes: Axes, places: Floats, risk: Floats) -> None:
    x, y = places[np.argsort(risk)].T
    ranks: Any = np.linspace(0.08, 1.0, len(risk))
    axes.scatter(x, y, s=_DOT, color=LIGHT["lead"], alpha=ranks, linewidths=0)
    axes.set_title("predicted probability", size=9, color=LIGHT["muted"])
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
