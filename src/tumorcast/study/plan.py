"""The resolved plan: what will be done, and who chose each value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tumorcast.cohort.schema import ClinicalColumn
from tumorcast.errors import Finding, StudyRefusedError
from tumorcast.study.classes import class_findings
from tumorcast.study.delta import delta_findings
from tumorcast.study.harmonise import harmonise_findings
from tumorcast.study.lesions import drawn_regions, lesion_findings
from tumorcast.study.load import Study
from tumorcast.study.networks import embedding_findings, network_findings
from tumorcast.study.perturbed import stability_findings
from tumorcast.study.pretrained import cards_of, described, weights_findings
from tumorcast.study.schema import Arm, Grid, Selection, StudyFile
from tumorcast.study.schema_networks import NetworkSpec
from tumorcast.study.searches import search_findings, searched_where_it_is
from tumorcast.study.structures import structure_findings

Origin = Literal["given", "preset", "from rule", "learned in fold"]

_OF_DRAWN_FOLDS = {"validation.folds", "validation.repeats"}

BASELINES: Mapping[str, tuple[str, ...]] = {
    "volume": ("volume",),
    "clinical": ("clinical", "lab"),
    "clinical_volume": ("clinical", "lab", "volume"),
}
"""Arms that are always validated, because a model that does not beat them adds nothing."""

CENTRE = "centre"
"""What `validation.stratify` calls the centre of a case."""

_PARTS = (("volume",), ("clinical", "lab"))
"""A baseline is whole when it has something of each part that it is made of."""

THRESHOLD = "decision threshold"
"""What several classes have none of: a case is called the likeliest."""

LEARNED_IN_FOLD = (
    "imputation values",
    "levels of categories",
    "scaling",
    "selected features",
    "coefficients and weights",
    "recalibration",
    THRESHOLD,
)


@dataclass(frozen=True)
class PlanValue:
    """One choice and where it comes from."""

    key: str
    value: object
    origin: Origin


@dataclass(frozen=True)
class Plan:
    """A study with nothing left open.

    Parameters
    ----------
    study
        What was asked for.
    arms
        The arms of the study and the baselines, with selection and learner filled in.
    """

    study: Study
    arms: Mapping[str, Arm]

    def devices_of(self, name: str) -> int:
        """Return how many devices train a network of an arm, or of an arm that it averages."""
        arms = [self.arms[each] for each in (name, *(self.arms[name].average or ()))]
        return max(arm.network.devices if arm.network else 1 for arm in arms)

    def values(self) -> tuple[PlanValue, ...]:
        """Return every choice with its origin, in the order of the study file."""
        file = self.study.file.model_dump(mode="json", by_alias=True, exclude={"arms"})
        chosen = [
            PlanValue(key, value, self._origin(key))
            for key, value in _leaves(file)
            if key not in _OF_DRAWN_FOLDS or self.study.file.validation.draws_folds
        ]
        for name, arm in self.arms.items():
            origin: Origin = "given" if name in self.study.file.arms else "from rule"
            chosen.append(PlanValue(f"arms.{name}", _asked_for(arm), origin))
            if arm.network is not None:
                key = f"arms.{name}.network.precision"
                chosen.append(PlanValue(key, arm.network.precision, self._origin(key)))
        harmonised = any(arm.harmonise for arm in self.arms.values())
        names = ("effects of the centres",) * harmonised + LEARNED_IN_FOLD
        if self.study.file.endpoint.classes is not None:
            names = tuple(name for name in names if name != THRESHOLD)
        return (*chosen, *(PlanValue(name, None, "learned in fold") for name in names))

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as it stands in ``plan.json``."""
        return {
            "study": self.study.file.model_dump(mode="json", by_alias=True),
            "arms": {name: arm.model_dump(mode="json") for name, arm in self.arms.items()},
            "values": [vars(value) for value in self.values()],
            "weights": described(cards_of(self.study, self.arms)),
        }

    def _origin(self, key: str) -> Origin:
        if _has(self.study.given, key):
            return "given"
        return "preset" if _has(self.study.preset, key) else "from rule"


def resolve(study: Study) -> Plan:
    """Fill in what the rules decide and refuse what does not hold together.

    Raises
    ------
    StudyRefusedError
        ``PLN-01`` an arm, region, image, learner or encoder that does not exist is named;
        ``PLN-02`` a horizon is not declared although times are, ``PLN-19`` a centre is not
        although the validation goes by it; ``PLN-04`` lesions are put
        together in a way that does not fit; ``PLN-05`` a learner needs a package that is not
        installed; ``PLN-06`` stable features are selected where none are perturbed; ``PLN-07`` a
        learner or a selector on times is asked for where the endpoint has none; ``PLN-08`` crops
        on different grids are joined as channels; ``PLN-09`` centres are harmonised that are not
        declared; ``PLN-10`` an image is not known by the index date; ``PLN-11`` two time points
        are not measured alike; ``PLN-12`` a structure is part of the tumour; ``PLN-13`` an arm
        cannot learn the several classes of the endpoint; ``PLN-20`` a search asks for parameters
        that a learner does not have, or for values that they cannot have;
        ``ENC-01`` and ``WGT-01`` to ``WGT-04`` as `FrozenEncoder.network` and `WeightsCard` of the
        embeddings, and of the networks' weights.
    """
    file = study.file
    baselines = {name: _baseline(file, blocks) for name, blocks in _possible_baselines(file)}
    arms = {**baselines, **{name: _filled(file, arm) for name, arm in file.arms.items()}}
    findings = [
        *_unknown_names(file, arms),
        *lesion_findings(file),
        *_undeclared_horizon(study),
        *_undeclared_centre(file),
        *_learners_without_times(file, arms),
        *class_findings(file, arms),
        *search_findings(arms),
        *delta_findings(file),
        *structure_findings(file),
        *stability_findings(file, arms),
        *harmonise_findings(file, arms),
        *network_findings(file, arms),
        *embedding_findings(study),
        *weights_findings(study, arms),
    ]
    if findings:
        raise StudyRefusedError(findings)
    return Plan(study, arms)


def _possible_baselines(file: StudyFile) -> Iterator[tuple[str, tuple[str, ...]]]:
    known = {column.block for column in file.columns.values() if column.known == "baseline"}
    if file.cohort.images:
        known.add("volume")
    for name, blocks in BASELINES.items():
        there = tuple(block for block in blocks if block in known)
        whole = all(bool({*part} & {*there}) == bool({*part} & {*blocks}) for part in _PARTS)
        if there and whole and name not in file.arms:
            yield name, there


def _baseline(file: StudyFile, blocks: tuple[str, ...]) -> Arm:
    return Arm(blocks=blocks, learner=file.learner, select=None)


def _asked_for(arm: Arm) -> dict[str, Any]:
    """Return what an arm says beside the defaults, but for what may come from a rule."""
    return arm.model_dump(
        mode="json",
        exclude_none=True,
        exclude_defaults=True,
        exclude={"network": {"precision"}},
    )


def _with_precision(network: NetworkSpec | None) -> NetworkSpec | None:
    if network is None or network.precision is not None:
        return network
    from tumorcast.encoders.precision import precision_here  # noqa: PLC0415  (torch is heavy)

    return network.model_copy(update={"precision": precision_here()})


def _filled(file: StudyFile, arm: Arm) -> Arm:
    select: Selection | None = arm.select if "select" in arm.model_fields_set else file.selection
    if arm.average is not None:
        return arm
    if arm.grid is None:
        learner, network = arm.learner or file.learner, _with_precision(arm.network)
        filled = arm.model_copy(update={"select": select, "learner": learner, "network": network})
        return searched_where_it_is(filled, learner)
    grid = Grid(
        selectors=arm.grid.selectors or ((select.method,) if select else ()),
        learners=arm.grid.learners or (file.learner,),
    )
    return arm.model_copy(update={"select": select, "grid": grid})


def _unknown_names(file: StudyFile, arms: Mapping[str, Arm]) -> Iterator[Finding]:
    regions = {"tumor", *file.regions}
    measured = {*regions, *file.lesions, *drawn_regions(file)}
    images = set(file.cohort.images)
    single = {name for name, arm in arms.items() if arm.average is None}
    for image, spec in file.radiomics.items():
        yield from _unknown(f"radiomics.{image}", "image", [image], images)
        yield from _unknown(f"radiomics.{image}.regions", "region", spec.regions, measured)
    for name, region in file.regions.items():
        yield from _unknown(f"regions.{name}.union", "region", region.union or (), regions)
    yield from _unknown("crops", "image", file.crops, images)
    yield from _unknown("embeddings", "crop", file.embeddings, set(file.crops))
    networks = {name: arm.network for name, arm in arms.items() if arm.network is not None}
    if file.embeddings or networks:
        yield from _unknown_to_networks(file, networks)
    for name, embedding in file.embeddings.items():
        yield from _unknown(
            f"embeddings.{name}.regions",
            "group of lesions",
            embedding.regions,
            measured - {*file.regions},
        )
    for name, crop in file.crops.items():
        yield from _unknown(
            f"crops.{name}.grid_of", "image", [crop.grid_of] if crop.grid_of else (), images
        )
    for name, arm in arms.items():
        yield from _unknown(f"arms.{name}.average", "arm", arm.average or (), single)
        yield from _unknown_steps(file, name, arm)
    for pair in file.compare:
        yield from _unknown("compare", "arm", pair, set(arms))
    strata = {name for name, column in file.columns.items() if _makes_strata(column)}
    yield from _unknown(
        "validation.stratify", "column", file.validation.stratify, {*strata, CENTRE}
    )


def _unknown_to_networks(file: StudyFile, networks: Mapping[str, NetworkSpec]) -> Iterator[Finding]:
    from tumorcast.encoders import ENCODERS  # noqa: PLC0415  (torch is heavy)
    from tumorcast.fusion import FUSION_HEADS  # noqa: PLC0415
    from tumorcast.fusion.endpoints import ENDPOINTS  # noqa: PLC0415

    for name, embedding in file.embeddings.items():
        where = f"embeddings.{name}.encoder"
        yield from _unknown(where, "encoder", [embedding.encoder], set(ENCODERS))
    for name, network in networks.items():
        where = f"arms.{name}.network"
        yield from _unknown(f"{where}.images", "crop", network.images, set(file.crops))
        yield from _unknown(f"{where}.encoder", "encoder", [network.encoder], set(ENCODERS))
        yield from _unknown(f"{where}.head", "fusion head", [network.head], set(FUSION_HEADS))
        yield from _unknown(f"{where}.endpoint", "endpoint", [network.endpoint], set(ENDPOINTS))


def _makes_strata(column: ClinicalColumn) -> bool:
    return column.known == "baseline" and column.kind != "number"


def _unknown(where: str, kind: str, names: object, known: set[str]) -> Iterator[Finding]:
    for name in names:  # type: ignore[attr-defined]
        if name not in known:
            yield Finding(
                "PLN-01",
                "refused",
                f"{where} names the {kind} '{name}', which is not declared",
                f"one of {', '.join(sorted(known))}" if known else f"a declared {kind}",
                f"correct the name or declare the {kind}",
            )


def _unknown_steps(file: StudyFile, name: str, arm: Arm) -> Iterator[Finding]:
    from tumorcast.features import RANKERS  # noqa: PLC0415  (pandas is heavy)
    from tumorcast.fusion import LEARNERS, SURVIVAL_LEARNERS  # noqa: PLC0415

    learners = _learners(arm)
    among = (arm.select.among if arm.select else None) or ()
    declared = {*file.cohort.images, *(column.block for column in file.columns.values())}
    known = {*declared, *file.delta, "volume"}
    for where, blocks in (("blocks", arm.blocks), ("select.among", among)):
        yield from _unknown(f"arms.{name}.{where}", "source", _sources(blocks), known)
    yield from _unknown(f"arms.{name}", "learner", learners, {*LEARNERS, *SURVIVAL_LEARNERS})
    yield from _unknown(f"arms.{name}", "selector", _selectors(arm), set(RANKERS))
    for learner in learners:
        yield from _not_installed(learner)


def _sources(blocks: Sequence[str]) -> list[str]:
    """Return the sources that blocks name in full; what a glob stands for shows in the table."""
    heads = {block.partition(".")[0] for block in blocks}
    return sorted(head for head in heads if not set(head) & set("*?["))


def _learners(arm: Arm) -> tuple[str, ...]:
    if arm.grid is not None:
        return arm.grid.learners
    return (arm.learner,) if arm.learner else ()


def _selectors(arm: Arm) -> tuple[str, ...]:
    of_grid = arm.grid.selectors if arm.grid is not None else ()
    return (*((arm.select.method,) if arm.select else ()), *of_grid)


def _learners_without_times(file: StudyFile, arms: Mapping[str, Arm]) -> Iterator[Finding]:
    from tumorcast.features import SURVIVAL_RANKERS  # noqa: PLC0415  (pandas is heavy)
    from tumorcast.fusion import SURVIVAL_LEARNERS  # noqa: PLC0415  (torch is heavy)

    if file.endpoint.time is not None:
        return
    for name, arm in arms.items():
        if arm.network is not None:
            on_times = [f"endpoint '{arm.network.endpoint}'"] * (arm.network.endpoint != "binary")
        else:
            on_times = [f"learner '{n}'" for n in _learners(arm) if n in SURVIVAL_LEARNERS]
        on_times += [f"selector '{n}'" for n in _selectors(arm) if n in SURVIVAL_RANKERS]
        for what in on_times:
            yield Finding(
                "PLN-07",
                "refused",
                f"arms.{name} asks for the {what}, but the study's endpoint has no times",
                "endpoint.time: days to the event or to the end of follow-up",
                "declare endpoint.time, or choose what learns from the event alone",
            )


def _not_installed(learner: str) -> Iterator[Finding]:
    """Yield what a learner from an optional package says when it is not installed."""
    from tumorcast.fusion import LEARNERS  # noqa: PLC0415  (torch is heavy)

    if learner in LEARNERS:
        try:
            LEARNERS[learner]()
        except StudyRefusedError as error:
            yield from error.findings


def _undeclared_horizon(study: Study) -> Iterator[Finding]:
    endpoint = study.file.endpoint
    if endpoint.time is not None and not _has(study.given, "endpoint.horizons_days"):
        yield Finding(
            "PLN-02",
            "refused",
            "endpoint.horizons_days is not declared although the endpoint has times",
            "days such as [730], or [all] for the whole follow-up",
            "declare the horizon: it decides who counts as an event",
        )


def _undeclared_centre(file: StudyFile) -> Iterator[Finding]:
    asked = file.validation.centres is not None or CENTRE in file.validation.stratify
    if asked and file.cohort.centre is None:
        yield Finding(
            "PLN-19",
            "refused",
            "validation goes by centre, but cohort.centre is not declared",
            "cohort.centre: a column, or {from_id: PATTERN}",
            "say where the centre of a case stands",
        )


def _leaves(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in document.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        elif value not in (None, {}, [], ""):
            yield f"{prefix}{key}", value


def _has(document: object, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(document, Mapping) or part not in document:
            return False
        document = document[part]
    return True
