"""The only thing that anything after `fit` reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

COLUMNS: dict[str, str] = {
    "case": "str",
    "patient": "str",
    "centre": "str",
    "arm": "str",
    "repeat": "int64",
    "fold": "int64",
    "horizon_days": "float64",
    "risk": "float64",
    "probability": "float64",
    "event": "int64",
    "time": "float64",
    "threshold": "float64",
}


@dataclass(frozen=True)
class Predictions:
    """One row per case x repeat x fold x arm x horizon, made by a model that never saw the case.

    Parameters
    ----------
    frame
        Columns ``case, patient, centre, arm, repeat, fold, horizon_days, risk, probability,
        event, time, threshold``. `risk` is higher for an earlier event, counted
        from the mean risk of the fold's training rows; `probability` is that of
        the event by `horizon_days` (infinite: at any time of follow-up); `event` is 0 censored, 1
        event, 2 and above competing; `time` is in days, NaN when only the fact is known;
        `threshold` was chosen on the training rows of the fold.

        Of an endpoint of several classes there is one row more a case for every further class,
        which the column ``class`` names: `risk` and `probability` are those of the class, `event`
        is 1 where the case is of it, and `threshold` is NaN, as the likeliest class is called.
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.frame.columns]
        if missing:
            raise ValueError(f"predictions lack the columns {missing}")
        key = ["case", "arm", "repeat", "horizon_days", *["class"] * ("class" in self.frame)]
        if self.frame.duplicated(key).any():
            raise ValueError(f"predictions must be unique in {key}")

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms in the order of their first row."""
        return tuple(str(arm) for arm in self.frame["arm"].unique())

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the classes in the order of their first row; empty for an event."""
        if "class" not in self.frame:
            return ()
        return tuple(str(level) for level in self.frame["class"].unique())

    @property
    def horizons_days(self) -> tuple[float, ...]:
        """Horizons in the order of their first row."""
        return tuple(float(days) for days in self.frame["horizon_days"].unique())

    def of(self, arm: str, horizon_days: float) -> pd.DataFrame:
        """Return the rows of one arm at one horizon."""
        frame = self.frame
        return frame[(frame["arm"] == arm) & (frame["horizon_days"] == horizon_days)]

    def write(self, path: Path) -> None:
        """Write the table as Parquet."""
        self.frame.to_parquet(path, index=False)

    @classmethod
    def read(cls, path: Path) -> Predictions:
        """Read a table written by `write`."""
        return cls(pd.read_parquet(path))
