"""What cannot be planned, in the words of who plans it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tumorcast.errors import Finding, StudyRefusedError
from tumorcast.features import RANKERS
from tumorcast.features.selectors import SURVIVAL_RANKERS

if TYPE_CHECKING:
    from tumorcast.study.power.planned import PlannedBlock, PlannedStudy

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def raise_if(faults: Iterator[Finding]) -> None:
    """Raise all faults as one refusal, if there are any."""
    found = tuple(faults)
    if found:
        raise StudyRefusedError(found)


def faults_of_block(block: PlannedBlock) -> Iterator[Finding]:
    """Yield what is wrong with a block: ``PWR-01`` to ``PWR-05``."""
    where = f"block '{block.name}'"
    if not _NAME.fullmatch(block.name):
        yield _refused(
            "PWR-01", where, "a name of lower-case letters, digits and underscores", "rename it"
        )
    if (block.auroc is None) == (block.adds is None):
        yield _refused(
            "PWR-02",
            f"{where} has {'both' if block.adds is not None else 'neither'} of auroc and adds",
            "exactly one of them",
            "give auroc=0.7 (of the block alone) or adds=0.05 (to the blocks before it)",
        )
    if block.auroc is not None and not 0.5 <= block.auroc < 1:
        yield _refused(
            "PWR-03",
            f"{where}: auroc={block.auroc:g}",
            "0.5 (nothing) or more, and less than 1 (certainty)",
            "below 0.5 turn the score round: an AUROC of 0.3 is one of 0.7",
        )
    if block.adds is not None and not 0 <= block.adds < 0.5:
        yield _refused(
            "PWR-03", f"{where}: adds={block.adds:g}", "0 or more, and less than 0.5",
            "give the gain in AUROC that you hope for, such as adds=0.05",
        )  # fmt: skip
    if block.columns < 1 or not 1 <= block.n_informative <= max(block.columns, 1):
        yield _refused(
            "PWR-04",
            f"{where}: {block.n_informative} informative of {block.columns} columns",
            "at least one column, and no more informative ones than there are",
            "correct columns= or informative=",
        )
    if not 0 <= block.correlation < 1 or block.family < 1:
        yield _refused(
            "PWR-05",
            f"{where}: correlation={block.correlation:g} in families of {block.family}",
            "a correlation of 0 or more and less than 1, in families of 1 or more columns",
            "correct correlation= or family=",
        )


def faults_of_study(study: PlannedStudy) -> Iterator[Finding]:
    """Yield what is wrong with a study whose blocks are sound: ``PWR-01``, ``-02``, ``-06`` on."""
    yield from _faults_of_cohort(study)
    yield from _faults_of_analysis(study)
    names = [block.name for block in study.blocks]
    if not names or len(set(names)) < len(names):
        yield _refused(
            "PWR-01",
            f"the blocks {', '.join(names)}" if names else "no block",
            "one or more blocks with different names",
            "give --block once for each: --block clinical:columns=6,auroc=0.7",
        )
    elif study.blocks[0].adds is not None:
        yield _refused(
            "PWR-02", f"the first block, '{names[0]}', has adds=", "auroc=",
            "give what it reaches alone, or put the block that it adds to before it",
        )  # fmt: skip


def _faults_of_cohort(study: PlannedStudy) -> Iterator[Finding]:
    if not 0 < study.prevalence < 1:
        yield _refused(
            "PWR-06", f"a prevalence of {study.prevalence:g}", "a share between 0 and 1",
            "30% of patients with the event is 0.3",
        )  # fmt: skip
        return
    for patients in study.patients or (0,):
        n_events = study.n_events(patients)
        fewest = min(n_events, patients - n_events)
        if fewest < max(study.folds, 2):
            yield _refused(
                "PWR-07",
                f"{patients} patients, {n_events} with the event: {fewest} cannot fill"
                f" {study.folds} folds",
                "a patient of both outcomes in every fold",
                "plan more patients, or take fewer folds",
            )


def _faults_of_analysis(study: PlannedStudy) -> Iterator[Finding]:
    from tumorcast.fusion.learners import LEARNERS  # noqa: PLC0415  (its package loads torch)

    if study.learner not in LEARNERS:
        yield _refused(
            "PWR-08", f"no learner '{study.learner}' for an event without times",
            ", ".join(LEARNERS), "take one of these",
        )  # fmt: skip
    selectors = [name for name in RANKERS if name not in SURVIVAL_RANKERS]
    if study.selector not in selectors:
        yield _refused(
            "PWR-08", f"no selection '{study.selector}' for an event without times",
            ", ".join(selectors), "take one of these",
        )  # fmt: skip
    counts = {"folds": (study.folds, 2), "repeats": (study.repeats, 1), "keep": (study.keep, 1),
              "studies": (study.studies, 1)}  # fmt: skip
    for name, (value, least) in counts.items():
        if value < least:
            yield _refused("PWR-09", f"{name} {value}", f"{least} or more", f"set --{name} higher")
    shares = {"overlap": study.overlap, "margin": study.margin}
    for name, share in shares.items():
        if not 0 <= share < 1:
            yield _refused(
                "PWR-09", f"{name} {share:g}", "0 or more, and less than 1", "correct it"
            )


def _refused(code: str, found: str, expected: str, fix: str) -> Finding:
    return Finding(code, "refused", found, expected, fix)
