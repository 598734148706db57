"""What an endpoint of several classes asks of the arms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tumorcast.errors import Finding, refuse
from tumorcast.study.schema import Arm, StudyFile

_AS_EVENT = "declare the class of interest as endpoint.event: {column: ..., is: ...} and run again"


def class_findings(file: StudyFile, arms: Mapping[str, Arm]) -> Iterator[Finding]:
    """Yield ``PLN-13`` for every arm that cannot learn several classes."""
    if file.endpoint.classes is None:
        return
    for name, arm in arms.items():
        timed = arm.network is not None and arm.network.endpoint != "binary"
        asked = {
            "an average that weighs its arms": (arm.weighting == "stacked") or None,
            "a network with an endpoint of its own": timed or None,
        }
        for what, given in asked.items():
            if given is not None:
                yield Finding(
                    "PLN-13",
                    "refused",
                    f"arms.{name} is {what}, and the endpoint has "
                    f"{len(file.endpoint.classes.levels)} classes",
                    "arms on blocks, of a network, or their plain mean: they learn classes",
                    "leave out weighting: stacked, or the endpoint of the network",
                )


def require_lockable(file: StudyFile) -> None:
    """Refuse to lock models of an endpoint of several classes.

    Raises
    ------
    StudyRefusedError
        ``BND-09`` when the endpoint has classes.
    """
    if file.endpoint.classes is not None:
        raise refuse(
            "BND-09",
            f"the endpoint '{file.endpoint.name}' has {len(file.endpoint.classes.levels)} classes",
            expected="an endpoint that is an event: only its models can be locked",
            fix=_AS_EVENT,
        )


def require_explainable(file: StudyFile) -> None:
    """Refuse to explain predictions of an endpoint of several classes.

    Raises
    ------
    StudyRefusedError
        ``EXP-05`` when the endpoint has classes.
    """
    if file.endpoint.classes is not None:
        raise refuse(
            "EXP-05",
            f"the endpoint '{file.endpoint.name}' has {len(file.endpoint.classes.levels)} classes",
            expected="an endpoint that is an event: only its predictions can be explained",
            fix=_AS_EVENT,
        )
