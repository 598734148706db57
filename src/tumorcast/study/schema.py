"""The study file: one YAML document, parsed once into frozen values.

Unknown keys are errors. Choices that change the science have no default here: they stand in the
file or come from the preset that the file names (`tumorcast.study.presets`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from tumorcast.cohort.declared import RegionName
from tumorcast.cohort.schema import ClinicalColumn, CohortSource, EndpointSource
from tumorcast.study.schema_delta import DeltaSpec
from tumorcast.study.schema_harmonise import HarmoniseSpec
from tumorcast.study.schema_networks import CropSpec, EmbeddingSpec, NetworkSpec
from tumorcast.study.schema_scepticism import Scepticism, ScepticismSpec
from tumorcast.study.schema_search import Search
from tumorcast.study.schema_structures import StructureSpec
from tumorcast.study.schema_temporal import TemporalSplit
from tumorcast.study.schema_threshold import ThresholdSpec

Aggregate = Literal["union", "largest", "sum", "weighted_mean", "maximum", "spread", "count"]


class Frozen(BaseModel):
    """Base of every part of the study file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RegionSpec(Frozen):
    """Tissue in or around the tumour, made from the tumour's mask. Exactly one key.

    Parameters
    ----------
    shell_mm
        Inner and outer distance from the surface; negative is inside.
    dilation_mm
        The tumour grown by this much.
    habitat
        Number, from the darkest, and count of the habitats into which each tumour falls.
    union
        Names of regions that are joined.
    """

    shell_mm: tuple[float, float] | None = None
    dilation_mm: PositiveFloat | None = None
    habitat: tuple[PositiveInt, PositiveInt] | None = None
    union: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> RegionSpec:
        if len(self.model_fields_set) != 1:
            raise ValueError("a region has exactly one of shell_mm, dilation_mm, habitat, union")
        return self

    def as_spec(self) -> dict[str, object]:
        """Return the one key with its value, as `tumorcast.imaging.region_from_spec` takes it."""
        return self.model_dump(exclude_unset=True)


class StabilitySpec(Frozen):
    """How the tumours of an image are perturbed, to learn which of its features are stable.

    Parameters
    ----------
    perturbations
        Kinds; every repeat applies all of them. ``contour`` and ``volume`` are cheap, as they
        share one set of filtered images.
    repeats
        Perturbations of each case.
    seed
        Decides all that is drawn; without it, the seed of the validation.
    """

    perturbations: tuple[Literal["contour", "volume", "translation", "rotation", "noise"], ...] = (
        Field(min_length=1)
    )
    repeats: Annotated[int, Field(ge=2)]
    seed: int | None = None


class StableSpec(Frozen):
    """The selector of stable features: smallest ICC(1,1) of a column that is kept."""

    min_icc: Annotated[float, Field(gt=0, lt=1)]


class RadiomicsSpec(Frozen):
    """Which radiomics features of an image are extracted, in which regions.

    Parameters
    ----------
    preset, params
        Name of a settings preset, or path of a PyRadiomics parameter file. Exactly one.
    regions
        ``tumor``, names from the study's `regions` and `lesions`, and names of drawn regions.
    stability
        Has the tumour, and the regions around it, measured on perturbed outlines, grids or noise
        too, for the selection of stable features.
    """

    preset: str | None = None
    params: str | None = None
    regions: tuple[str, ...] = ("tumor",)
    stability: StabilitySpec | None = None

    @model_validator(mode="after")
    def _one_source_of_settings(self) -> RadiomicsSpec:
        if (self.preset is None) == (self.params is None):
            raise ValueError("radiomics settings come from exactly one of preset, params")
        return self


class LesionSpec(Frozen):
    """Some of the drawn lesions, and how those of one patient become one row.

    Parameters
    ----------
    of
        Names of drawn regions; empty for those that make up the tumour.
    aggregate
        ``union`` and ``largest`` make one mask; ``sum``, ``weighted_mean`` (by volume),
        ``maximum`` and ``spread`` (standard deviation) make one number of one a lesion; ``count``
        is the number of lesions. Each gives columns of its own.
    split
        Whether each connected piece of what was drawn is a lesion.
    """

    of: tuple[str, ...] = ()
    aggregate: tuple[Aggregate, ...] = Field(default=("union",), min_length=1)
    split: bool = False


class Selection(Frozen):
    """How features are selected inside each fold.

    Parameters
    ----------
    near_constant
        First leaves out features of which more than this share of the training cases have the same
        value, whatever their unit; ``null`` leaves out none.
    stable
        Then leaves out unstable features of the images that declare `stability`.
    correlation
        Then leaves out what correlates more than this with a feature that is kept.
    keep
        Then keeps so many, or at most so many, by `method`.
    among
        Blocks that `near_constant`, `correlation` and `keep` are about; the columns of other blocks
        are all kept.
    """

    near_constant: Annotated[float, Field(gt=0, lt=1)] | None = None
    stable: StableSpec | None = None
    correlation: Annotated[float, Field(gt=0, le=1)]
    keep: PositiveInt
    method: str = "forest"
    among: tuple[str, ...] | None = Field(default=None, min_length=1)


class Grid(Frozen):
    """Selectors and learners, of which inner folds of the training rows choose one pair."""

    selectors: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_a_choice(self) -> Grid:
        if max(len(self.selectors), 1) * max(len(self.learners), 1) < 2:
            raise ValueError("a grid needs at least two selectors or two learners")
        return self


class Arm(Frozen):
    """One model that is validated.

    Parameters
    ----------
    blocks
        Prefixes or globs over column names (``ct.tumor``, ``clinical``, ``pt.shell_*``).
    learner
        Learner on the selected columns; not used by a network.
    select
        ``null`` takes all columns of the blocks.
    harmonise
        Takes the centres' effects out of columns of the blocks before all else.
    network
        Adds a network on crops; blocks are concatenated to its features.
    grid
        Every pair of these selectors and learners instead of one; the best in inner folds is kept.
    search
        Other settings of the learner, or of each of the grid's, beside the defaults; the best in
        inner folds are kept. A number alone is that of the trials.
    average
        Late fusion: the mean of the calibrated risks of these arms.
    weighting
        Of the arms that are averaged: ``stacked`` learns it on their out-of-fold risks.
    repeats
        Fewer repeats than the study's, for costly arms.
    """

    blocks: tuple[str, ...] = ()
    learner: str | None = None
    select: Selection | None = None
    harmonise: HarmoniseSpec | None = None
    network: NetworkSpec | None = None
    grid: Grid | None = None
    search: Search | None = None
    average: tuple[str, ...] | None = None
    weighting: Literal["equal", "stacked"] = "equal"
    repeats: PositiveInt | None = None

    @model_validator(mode="after")
    def _has_something_to_learn_from(self) -> Arm:
        own = (self.blocks, self.network, self.grid, self.search, self.harmonise)
        if self.average is not None and any(own):
            raise ValueError("an arm that averages others has no blocks or network of its own")
        if self.search is not None and self.network is not None:
            raise ValueError("a search is of a learner's parameters, and a network has no learner")
        if self.average is None and "weighting" in self.model_fields_set:
            raise ValueError("only an arm that averages others has a weighting")
        if self.grid is not None and (self.network or self.learner):
            raise ValueError("an arm with a grid has no network and no other learner")
        chooses = self.grid is not None and self.grid.selectors
        if chooses and "select" in self.model_fields_set and self.select is None:
            raise ValueError("an arm that selects nothing has no selectors to choose from")
        if self.average is None and not self.blocks and self.network is None:
            raise ValueError("an arm needs blocks, a network, or arms to average")
        return self


LEAVE_ONE_OUT: Literal["leave_one_out"] = "leave_one_out"


class CentreSplit(Frozen):
    """Centres that the models learn from and centres that they are tested in."""

    train: tuple[str, ...] = Field(min_length=1)
    test: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _apart(self) -> CentreSplit:
        both = sorted({*self.train} & {*self.test})
        if both:
            raise ValueError(f"{', '.join(both)} cannot be learned from and tested in")
        return self


class ValidationSpec(Frozen):
    """The design of the cross-validation.

    Parameters
    ----------
    folds, repeats, seed
        Folds share out the outcome evenly.
    stratify
        Columns known at baseline (categories, ordinals or flags), or ``centre``, that the folds
        share out evenly, too; several make one stratum of each combination.
    centres
        Keeps centres apart instead of drawing folds: ``leave_one_out`` tests every centre by models
        of all others, ``{train: [...], test: [...]}`` learns in some and tests in others.
    splits
        JSON file of fixed splits as nnU-Net writes them, ``splits_final.json``.
    temporal
        Learns from the cases before a day or year and tests the others.
    threshold
        By which the training rows choose the threshold from which a case is called positive.
    """

    folds: Annotated[int, Field(ge=2)]
    repeats: PositiveInt
    seed: int
    stratify: tuple[str, ...] = ()
    centres: Literal["leave_one_out"] | CentreSplit | None = None
    splits: Path | None = None
    temporal: TemporalSplit | None = None
    threshold: ThresholdSpec = "youden"

    @property
    def draws_folds(self) -> bool:
        """Whether chance says who is tested, not the study."""
        return self.centres is None and self.splits is None and self.temporal is None

    @model_validator(mode="after")
    def _one_design(self) -> ValidationSpec:
        named = [n for n in ("centres", "splits", "temporal") if getattr(self, n) is not None]
        if len(named) > 1:
            raise ValueError(f"{' and '.join(named)} are designs of their own: choose one")
        if named and self.stratify:
            raise ValueError(f"with {named[0]} no folds are drawn: leave out stratify")
        return self


class ScansFile(Frozen):
    """The part of a study that says what there is to be seen, without an outcome.

    Parameters
    ----------
    study, cohort, lesions, crops
        As in `StudyFile`.
    """

    study: str
    cohort: CohortSource
    lesions: dict[RegionName, LesionSpec] = Field(default_factory=dict)
    crops: dict[str, CropSpec] = Field(default_factory=dict)


class StudyFile(Frozen):
    """The whole study.

    Parameters
    ----------
    study
        Name.
    preset
        Where choices that the file leaves open come from.
    cohort, columns, endpoint
        Where the patients, the clinical columns and the outcome are read from.
    regions
        Regions beside ``tumor``, by name.
    lesions
        Groups of drawn lesions by name, to be named where a region is. ``tumor`` says how the
        lesions that make up the tumour are put together; by default their union.
    radiomics, structures, crops, embeddings
        What is extracted, by image name.
    delta
        Changes between two images of a patient, by the name of their columns.
    arms
        Models by name. ``volume``, ``clinical`` and ``clinical_volume`` are always added.
    compare
        Pairs of arms that are tested beside the comparisons with the baselines.
    scepticism
        How the run doubts its own figures; ``false`` fits no model for that.
    allow_leaky
        Columns that look like leaks and are used all the same; stamped in the report.
    allow_pretrained_on_test
        Whether weights may be used that have seen cases of this study, all of which are tested;
        stamped in the report.
    """

    study: str
    description: str = ""
    preset: str
    cohort: CohortSource
    columns: dict[str, ClinicalColumn] = Field(default_factory=dict)
    endpoint: EndpointSource
    regions: dict[str, RegionSpec] = Field(default_factory=dict)
    lesions: dict[RegionName, LesionSpec] = Field(default_factory=dict)
    radiomics: dict[str, RadiomicsSpec] = Field(default_factory=dict)
    structures: dict[str, StructureSpec] = Field(default_factory=dict)
    crops: dict[str, CropSpec] = Field(default_factory=dict)
    embeddings: dict[str, EmbeddingSpec] = Field(default_factory=dict)
    delta: dict[RegionName, DeltaSpec] = Field(default_factory=dict)
    arms: dict[str, Arm] = Field(default_factory=dict)
    compare: tuple[tuple[str, str], ...] = ()
    validation: ValidationSpec
    scepticism: Scepticism = ScepticismSpec()
    allow_leaky: tuple[str, ...] = ()
    allow_pretrained_on_test: bool = False
    learner: str
    selection: Selection
