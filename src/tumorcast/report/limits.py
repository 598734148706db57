"""What the figures cannot carry, in plain sentences and with their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tumorcast.report.population import Flow, n_centres
from tumorcast.report.results import HorizonResults
from tumorcast.report.roles import Roles
from tumorcast.report.run_files import RunFiles
from tumorcast.report.words import arm_name, count, interval, percent

ENOUGH_EVENTS_A_PARAMETER = 10
"""The rule of thumb for models without penalty (Peduzzi et al., J Clin Epidemiol 1996;49:1373)."""


PRETRAINED = "Pretrained on tested cases"
"""Title of the one limit that names cases."""


@dataclass(frozen=True)
class Limit:
    """One reservation."""

    title: str
    text: str


def limits_of(
    files: RunFiles, flow: Flow, results: HorizonResults, roles: Roles
) -> tuple[Limit, ...]:
    """Return what a reader must not conclude from this run."""
    return (
        Limit(
            "Not a medical device",
            "Research software. Nothing here may decide about the care of a patient.",
        ),
        *_internal_only(files),
        *_events_a_parameter(files, flow, roles),
        *_precision(results, roles),
        *_left_out(flow),
        *_leaky(files),
        *_seen_in_pretraining(files),
    )


def _internal_only(files: RunFiles) -> Iterator[Limit]:
    n = n_centres(files)
    where = f"the same {n} centres" if n > 1 else "the same source"
    yield Limit(
        "Internal validation",
        f"Training and test cases come from {where}. How the models do elsewhere, with other"
        " scanners and other patients, has not been tested.",
    )


def _events_a_parameter(files: RunFiles, flow: Flow, roles: Roles) -> Iterator[Limit]:
    columns = [] if files.features is None else [str(name) for name in files.features.columns]
    patterns, has_network = candidates_of(roles.lead, files.arms)
    n_candidates = sum(any(_matches(name, p) for p in patterns) for name in columns)
    if has_network:
        yield Limit(
            "More parameters than patients",
            f"{arm_name(roles.lead)} holds a network, whose parameters outnumber the"
            f" {_events(files, flow)} by far; only the out-of-fold figures speak for it.",
        )
    if n_candidates:
        ratio = flow.n_events / n_candidates
        enough = ratio >= ENOUGH_EVENTS_A_PARAMETER
        yield Limit(
            "Events per candidate parameter",
            f"{_events(files, flow)} for {count(n_candidates, 'candidate column')} of"
            f" {arm_name(roles.lead)}: {ratio:.2g} each"
            + (
                "."
                if enough
                else f", below the usual {ENOUGH_EVENTS_A_PARAMETER}. Another cohort would likely"
                " select other features."
            ),
        )


def _events(files: RunFiles, flow: Flow) -> str:
    what = "case of the rarest class" if files.levels else "event"
    return count(flow.n_events, what, "cases of the rarest class" if files.levels else None)


def candidates_of(arm: str, declared: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """Return the column patterns that an arm may learn from, and whether it holds a network."""
    entry = declared.get(arm) or {}
    members = [candidates_of(member, declared) for member in entry.get("average") or ()]
    patterns = [*(entry.get("blocks") or ()), *(p for member, _ in members for p in member)]
    return tuple(patterns), bool(entry.get("network")) or any(network for _, network in members)


def _precision(results: HorizonResults, roles: Roles) -> Iterator[Limit]:
    auroc = results.auroc(roles.lead)
    width = auroc.ci_high - auroc.ci_low
    if width > 0.15:
        yield Limit(
            "Small cohort",
            f"The interval of the AUROC spans {width:.2f}"
            f" ({interval(auroc.ci_low, auroc.ci_high)}): differences smaller than that between"
            " models or papers mean little.",
        )


def _left_out(flow: Flow) -> Iterator[Limit]:
    if flow.found and flow.n_left_out > 0.1 * flow.found:
        yield Limit(
            "Cases left out",
            f"{flow.n_left_out} of {flow.found} cases ({percent(flow.n_left_out, flow.found)})"
            " could not be used; those who remain may differ from them.",
        )


def _leaky(files: RunFiles) -> Iterator[Limit]:
    columns = files.study.get("columns") or {}
    kept = {*(files.study.get("allow_leaky") or ())}
    kept |= {name for name, column in columns.items() if column.get("allow_leaky")}
    if kept:
        yield Limit(
            "Variables that may leak",
            f"Used by explicit permission although they look as if known only after the outcome:"
            f" {', '.join(sorted(kept))}. If they are, every figure here is too good.",
        )


def _seen_in_pretraining(files: RunFiles) -> Iterator[Limit]:
    for finding in files.quality.get("findings") or ():
        if finding["code"] == "WGT-05":
            yield Limit(
                PRETRAINED,
                f"Used by explicit permission: {finding['found']}. A new patient's images would not"
                " have been seen, so the figures of the arms with these weights may be too good.",
            )


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or name.startswith(pattern + ".") or fnmatchcase(name, pattern)
