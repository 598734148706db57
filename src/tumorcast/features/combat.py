"""Take out of columns what the centre adds to them: ComBat, learned in the fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from tumorcast.errors import refuse
from tumorcast.features.batch_effects import Numbers, batch_effects
from tumorcast.features.centre_model import CentreModel
from tumorcast.features.covariates import Covariates
from tumorcast.features.log_scale import LogScale
from tumorcast.features.matrix import names_array, numeric_columns, require_columns
from tumorcast.features.step import LabelFree, State, part_of, parts
from tumorcast.features.table import FeatureTable

Unseen = Literal["as_is", "missing"]
Scale = Literal["measured", "log"]


@dataclass
class Combat(LabelFree):
    """ComBat with parametric empirical Bayes; the batch is the centre.

    Every column is modelled as a mean, covariates, and what the centre adds, with a scale of the
    centre's own. Both are estimated on the training rows, drawn together over the columns of a
    block, and taken out. A later row is changed by its own values, its own centre and what was
    learned alone. The labels have no part: covariates are columns of the table, and the outcome is
    none.

    Centres with fewer than `min_rows` training rows teach nothing, and are unseen like one that
    comes later; so is a centre that is not known. With fewer than two others nothing is learned and
    nothing changed. Estimating a centre from later rows is not on offer: the prediction for a
    patient would depend on who comes with him.

    Parameters
    ----------
    blocks
        Prefixes or globs over column names. Each has a prior of its own; a column belongs to the
        first that names it. Columns with text, and those that are constant within the centres, stay
        as they are.
    unseen
        Rows of an unseen centre: ``as_is`` leaves their values, with whatever their centre adds;
        ``missing`` makes all numbers of the blocks missing, so that a late fusion judges by other
        blocks.
    min_rows
        Fewest training rows of a centre that is harmonised.
    scale
        ``log`` harmonises the logarithm of every column that is positive in all training rows, and
        takes it back after. ComBat moves and stretches; on the ``measured`` scale that makes the
        lower end of a skewed column, which no value can pass, another number for every centre.
    covariates
        Columns whose effect is kept, such as age where the patients of the centres differ in it.

    References
    ----------
    As `tumorcast.features.batch_effects.batch_effects`.
    """

    blocks: tuple[str, ...]
    unseen: Unseen
    min_rows: int
    scale: Scale
    covariates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.min_rows < 2:
            raise ValueError("the variance of a centre needs two rows or more")

    def clone(self) -> Self:
        """Return an unfitted step with the same settings."""
        return replace(self)

    def learn(self, table: FeatureTable) -> None:
        """Learn what every centre does to the columns.

        Raises
        ------
        BadInputError
            ``COL-01`` when a covariate is not in the table.
        StudyRefusedError
            ``COL-03`` when a block has no column of numbers; ``HRM-02`` when covariates cannot be
            told from the centres.
        ValueError
            When the centres of the rows are not known.
        """
        require_columns(table, self.covariates)
        members = self._members(table)
        table = table.rows(np.argsort(names_array(table.case_ids), kind="stable"))
        centre = _centres(table)
        levels, rows = np.unique(centre, return_counts=True)
        known = levels[(rows >= self.min_rows) & (levels != "")]
        known = known if known.size > 1 else levels[:0]
        if known.size:
            table = table.rows(np.flatnonzero(np.isin(centre, known)))
        self.centres_: list[str] = known.tolist()
        self.members_ = [name for names in members for name in names] if known.size else []
        self.covariates_ = Covariates(self.covariates)
        terms = self.covariates_.learn(table)
        belongs = _centres(table)[:, np.newaxis] == known
        if self.centres_:
            self._require_estimable(belongs, terms)
        self._learn_columns(table, members, belongs, terms)

    def _members(self, table: FeatureTable) -> list[list[str]]:
        """Return the columns of each block."""
        left = {*numeric_columns(table)}
        members = []
        for block in self.blocks:
            names = [name for name in table.select([block]).columns if name in left]
            left -= {*names}
            members.append(names)
        empty = [block for block, names in zip(self.blocks, members, strict=True) if not names]
        if empty:
            raise refuse(
                "COL-03",
                f"no column of numbers belongs to {', '.join(repr(block) for block in empty)}, "
                "which is to be harmonised",
                expected="blocks, or parts of blocks, of this arm",
                fix="correct `harmonise.blocks` of this arm",
            )
        return members

    def _learn_columns(
        self,
        table: FeatureTable,
        members: Sequence[list[str]],
        belongs: NDArray[np.bool_],
        terms: Numbers,
    ) -> None:
        columns: list[str] = []
        scales: list[LogScale] = []
        models: list[CentreModel] = []
        effects = []
        for names in members if self.centres_ else ():
            values = _values(table, names)
            scale = LogScale.of(values) if self.scale == "log" else LogScale.none(len(names))
            values = scale.forward(values)
            model = CentreModel.fit(values, belongs, terms)
            varies = np.flatnonzero(model.scale > 0)
            model = model.columns(varies)
            standardised = model.standardise(values[:, varies], terms)
            effects.append([batch_effects(standardised[rows]) for rows in belongs.T])
            columns += [names[i] for i in varies]
            scales.append(LogScale(scale.floor[varies]))
            models.append(model)
        self.columns_ = columns
        self.scale_ = LogScale(np.concatenate([np.zeros(0), *(scale.floor for scale in scales)]))
        self.model_ = CentreModel.joined(models, terms.shape[1])
        empty = np.zeros((len(self.centres_), 0))
        self.shift_ = np.hstack([empty, *([e.shift for e in block] for block in effects)])
        self.spread_ = np.hstack([empty, *([e.spread for e in block] for block in effects)])

    def _require_estimable(self, belongs: NDArray[np.bool_], terms: Numbers) -> None:
        design = np.hstack([belongs, terms])
        largest = np.abs(design).max(axis=0, initial=0.0)
        if np.linalg.matrix_rank(design / np.where(largest > 0, largest, 1.0)) < design.shape[1]:
            raise refuse(
                "HRM-02",
                f"in the {len(design)} training cases of {', '.join(self.centres_)} the covariates "
                f"{', '.join(self.covariates)} cannot be told from the centres",
                expected="covariates that vary within the centres",
                fix="leave out of `harmonise.covariates` what only one centre has or knows",
            )

    def transform(self, table: FeatureTable) -> FeatureTable:
        """Return the table with harmonised columns; all others stay as they are.

        Raises
        ------
        BadInputError
            ``COL-01`` and ``COL-02`` for columns or covariates that are not there or of another
            kind.
        """
        require_columns(table, [*self.members_, *self.covariates])
        measured = _values(table, self.columns_)
        values = self.scale_.forward(measured)
        terms = self.covariates_.design(table)
        centre = _centres(table)
        harmonised = measured.copy()
        for number, name in enumerate(self.centres_):
            rows = centre == name
            own = self.model_.standardise(values[rows], terms[rows]) - self.shift_[number]
            own /= np.sqrt(self.spread_[number])
            found = self.model_.unstandardise(own, terms[rows])
            harmonised[rows] = self.scale_.backward(found)
        frame = table.frame.copy()
        frame[self.columns_] = harmonised
        if self.unseen == "missing":
            frame.loc[~np.isin(centre, self.centres_), self.members_] = np.nan
        return replace(table, frame=frame)

    def state(self) -> State:
        """Return the linear model, the centres' effects and what the covariates learned."""
        return {
            "centres": names_array(self.centres_),
            "columns": names_array(self.columns_),
            "members": names_array(self.members_),
            "floor": self.scale_.floor,
            "mean": self.model_.mean,
            "effects": self.model_.effects,
            "scale": self.model_.scale,
            "shift": self.shift_,
            "spread": self.spread_,
            **parts("covariates", self.covariates_.state()),
        }

    def restore(self, state: State) -> Self:
        """Return a step with these settings that has learned `state`."""
        restored = self.clone()
        restored.centres_ = state["centres"].tolist()
        restored.columns_ = state["columns"].tolist()
        restored.members_ = state["members"].tolist()
        numbers = {name: state[name].astype(np.float64) for name in ("mean", "effects", "scale")}
        restored.model_ = CentreModel(**numbers)
        restored.scale_ = LogScale(state["floor"].astype(np.float64))
        restored.shift_ = state["shift"].astype(np.float64)
        restored.spread_ = state["spread"].astype(np.float64)
        restored.covariates_ = Covariates(self.covariates).restore(part_of(state, "covariates"))
        return restored


def _centres(table: FeatureTable) -> NDArray[np.str_]:
    if len(table) and not table.centres:
        raise ValueError("harmonisation needs the centre of every row")
    return names_array(table.centres)


def _values(table: FeatureTable, columns: Sequence[str]) -> Numbers:
    values = table.frame[list(columns)].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)
