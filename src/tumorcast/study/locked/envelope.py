"""What the training cases looked like, and which new case does not look like any of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tumorcast.features import ColumnName

MARGIN = 0.1
"""A value is outside when it leaves the training range by more than this part of its width."""

_ROUNDING = 0.001
"""Part of a value that headers and files may differ by when they mean the same."""

_ONE_BY_ONE = frozenset({"clinical", "lab", "volume"})
"""Sources whose every column is judged and named; of the others, with hundreds, the share."""

_SPACING = ("spacing across slices", "spacing within slices", "spacing within slices, other axis")
_QUANTILES = ("5%", "25%", "50%", "75%", "95%")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Envelope:
    """The range of everything known of the training cases before their outcome.

    A value that is named on its own (clinical and laboratory values, the tumour's volume, the
    spacing of an image, the values inside the tumour) is outside when it leaves the training range
    by more than a tenth of that range's width. Of the hundreds of features of an image some always
    do; there a case is outside when a larger share of them does than for any training case, each
    judged by the range of the others.

    Parameters
    ----------
    ranges
        One row a measure, indexed by its name: ``low``, ``high``, ``mean``, ``sd``, ``missing``
        (the share of cases without it).
    levels
        Share of each level of a category.
    most_outside
        By source, the largest share of features by which a training case left the others' range.
    left_out
        Share of the training cases that the others' envelope would have called outside.
    """

    ranges: pd.DataFrame
    levels: Mapping[str, Mapping[str, float]]
    most_outside: Mapping[str, float]
    left_out: float

    @classmethod
    def learn(cls, measures: pd.DataFrame) -> Envelope:
        """Learn from the training cases, one row each; see `measures_of`."""
        numbers = _numbers(measures)
        values = numbers.to_numpy(np.float64)
        ranges = pd.DataFrame(
            {
                "low": numbers.min(),
                "high": numbers.max(),
                "mean": numbers.mean(),
                "sd": numbers.std(),
                "missing": numbers.isna().mean(),
            }
        )
        levels = {
            str(name): {str(k): float(v) for k, v in column.value_counts(normalize=True).items()}
            for name, column in measures.items()
            if name not in numbers
        }
        names = [str(name) for name in numbers.columns]
        outside = _outside(values, *_range_of_others(values))
        shares = _shares(outside, names)
        alone = [_is_alone(name) for name in names]
        left_out = float(outside[:, alone].any(axis=1).mean())
        most = {source: float(share.max()) for source, share in shares.items()}
        return cls(ranges, levels, most, left_out)

    def reasons(self, measures: pd.DataFrame) -> list[list[str]]:
        """Return for each case why it is outside, in words; empty where it is not."""
        known = [name for name in self.ranges.index if name in measures]
        values = measures[known].to_numpy(dtype=np.float64, na_value=np.nan)
        low, high = (self.ranges.loc[known, side].to_numpy(np.float64) for side in ("low", "high"))
        outside = _outside(values, low, high)
        shares = _shares(outside, known)
        return [
            [
                *self._values(values[row], outside[row], known),
                *self._shares({source: share[row] for source, share in shares.items()}),
                *self._levels(measures.iloc[row]),
                *self._absent(measures.iloc[row]),
            ]
            for row in range(len(measures))
        ]

    def _values(
        self, values: Floats, outside: NDArray[np.bool_], names: list[str]
    ) -> Iterator[str]:
        for value, is_outside, name in zip(values, outside, names, strict=True):
            if is_outside and _is_alone(name):
                low, high = self.ranges.loc[name, ["low", "high"]]
                yield f"{name} is {value:.4g}, in training {low:.4g} to {high:.4g}"

    def _shares(self, shares: Mapping[str, float]) -> Iterator[str]:
        for source, share in shares.items():
            most = self.most_outside.get(source, 0.0)
            if share > most:
                yield (
                    f"{share:.0%} of the {source} features leave their training range, "
                    f"in training at most {most:.0%}"
                )

    def _levels(self, case: pd.Series[Any]) -> Iterator[str]:
        for name, known in self.levels.items():
            level = case.get(name)
            if isinstance(level, str) and level not in known:
                yield f"{name} is '{level}', in training {', '.join(sorted(known))}"

    def _absent(self, case: pd.Series[Any]) -> Iterator[str]:
        always = self.ranges.index[self.ranges["missing"] == 0]
        by_source: dict[str, list[str]] = {}
        for name in always:
            by_source.setdefault(_source(name), []).append(name)
        for source, names in by_source.items():
            absent = [name for name in names if pd.isna(case.get(name, np.nan))]
            if source in _ONE_BY_ONE:
                yield from (f"{name} is not known, in training it always was" for name in absent)
            elif len(absent) == len(names):
                yield f"nothing is known of the image '{source}', in training it always was"

    def shift(self, measures: pd.DataFrame) -> pd.DataFrame:
        """Return how a cohort differs from the training cases, one row a measure.

        Columns ``training`` and ``here``, the means, and ``difference`` in training standard
        deviations. A level of a category is a measure, with its share as the mean.
        """
        names = [name for name in self.ranges.index if name in measures]
        here = measures[names].astype(np.float64).mean()
        training = self.ranges.loc[names, "mean"]
        spread = self.ranges.loc[names, "sd"].replace(0.0, np.nan)
        rows = [pd.DataFrame({"training": training, "here": here,
                              "difference": (here - training) / spread})]  # fmt: skip
        for name, known in self.levels.items():
            if name not in measures:
                continue
            found = measures[name].value_counts(normalize=True).to_dict()
            every = sorted({*known, *map(str, found)})
            table = pd.DataFrame(
                {
                    "training": [known.get(level, 0.0) for level in every],
                    "here": [float(found.get(level, 0.0)) for level in every],
                },
                index=pd.Index([f"{name}={level}" for level in every], dtype=object),
            )
            share = table["training"]
            spread = (share * (1 - share)).pow(0.5).replace(0.0, np.nan)
            rows.append(table.assign(difference=(table["here"] - share) / spread))
        return pd.concat(rows).rename_axis("measure")

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the ranges as plain JSON."""
        return {
            "levels": {name: dict(levels) for name, levels in self.levels.items()},
            "most_outside": dict(self.most_outside),
            "left_out": self.left_out,
        }

    @classmethod
    def of(cls, ranges: pd.DataFrame, document: Mapping[str, Any]) -> Envelope:
        """Return the envelope with these ranges and what `as_dict` gave."""
        return cls(ranges, document["levels"], document["most_outside"], document["left_out"])


def measures_of(
    frame: pd.DataFrame, images: Mapping[str, Sequence[Mapping[str, Any]]]
) -> pd.DataFrame:
    """Return what is judged of each case: the columns of its table and facts about its images.

    Parameters
    ----------
    frame
        One row a case; numbers as floats, categories as text.
    images
        By case id, the `ImageFacts` of its images as plain JSON.
    """
    facts = [
        {name: value for image in images.get(str(case), ()) for name, value in _facts(image)}
        for case in frame.index
    ]
    about_images = pd.DataFrame(facts, index=frame.index, dtype=np.float64)
    return pd.concat([frame, about_images], axis=1)


def _facts(image: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    name = image["image"]
    for axis, spacing in zip(_SPACING, image["spacing_mm"], strict=True):
        yield f"{name}: {axis} (mm)", float(spacing)
    if image["quantiles"]:
        for part, value in zip(_QUANTILES, image["quantiles"], strict=True):
            yield f"{name}: {part} quantile in the tumour", float(value)


def _numbers(measures: pd.DataFrame) -> pd.DataFrame:
    numbers = measures.select_dtypes("number").astype(np.float64)
    return numbers.where(np.isfinite(numbers))


def _range_of_others(values: Floats) -> tuple[Floats, Floats]:
    """Return lowest and highest value of the other rows, each of the shape of `values`."""
    lowest = np.sort(np.where(np.isnan(values), np.inf, values), axis=0)
    highest = -np.sort(np.where(np.isnan(values), np.inf, -values), axis=0)
    last = min(1, len(values) - 1)
    low = np.where(values == lowest[0], lowest[last], lowest[0])
    high = np.where(values == highest[0], highest[last], highest[0])
    return low, high


def _outside(values: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Return where values leave their range; one that is missing does not."""
    with np.errstate(invalid="ignore"):
        slack = MARGIN * (high - low) + _ROUNDING * np.maximum(np.abs(low), np.abs(high))
        return np.asarray((values < low - slack) | (values > high + slack))


def _shares(outside: NDArray[np.bool_], names: Sequence[str]) -> dict[str, Floats]:
    """Return by source the share of its features that are outside, shape (n,)."""
    sources = np.array(["" if _is_alone(name) else _source(name) for name in names], dtype=np.str_)
    return {
        str(source): outside[:, sources == source].mean(axis=1)
        for source in np.unique(sources)
        if source
    }


def _is_alone(name: str) -> bool:
    return ": " in name or _source(name) in _ONE_BY_ONE


def _source(name: str) -> str:
    return name.partition(": ")[0] if ": " in name else ColumnName.parse(name).source
