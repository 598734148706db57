"""How much of the risk each block hands out."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from tumorcast.report.explanation_files import Explanation
from tumorcast.report.style import LIGHT, Plot, draw
from tumorcast.report.words import arm_name, block_words, number

_ROW_INCH = 0.34


def block_plot(explanation: Explanation) -> Plot:
    """Return the mean size of each block's Shapley value, the largest first."""
    size = explanation.blocks.groupby("block")["shapley"].agg(lambda values: values.abs().mean())
    size = size.sort_values(kind="stable")

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.barh(range(len(size)), size.to_numpy(), height=0.55, color=LIGHT["lead"])
        for row, value in enumerate(size):
            axes.text(value, row, f" {number(value)}", va="center", fontsize=8.5)
        axes.set_yticks(range(len(size)), [block_words(str(block)) for block in size.index])
        axes.tick_params(axis="y", length=0)
        axes.set_xlim(0, max(float(size.max()) * 1.18, 1e-3))
        axes.set_xlabel("Mean change of the log-odds, either way")

    return draw(
        paint,
        name=f"blocks-{explanation.folder.name}",
        size_inch=(7.2, 0.75 + _ROW_INCH * len(size)),
        title="What each source moves",
        caption="Shapley values of the sources of information, mean size over the patients. For "
        "each patient they add up to the difference between the predicted log-odds and those of "
        "the average training patient.",
        alt=f"Bars of the mean Shapley value of each source in {arm_name(explanation.arm)}. "
        + "; ".join(
            f"{block_words(str(block))} {number(value)}" for block, value in size[::-1].items()
        ),
        data=pd.DataFrame({"block": size.index, "mean_size": size.to_numpy()}),
    )
