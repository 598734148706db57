"""``scepticism.json``: every doubt about a run, with its numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tumorcast.engine import TaskError
from tumorcast.errors import StudyRefusedError
from tumorcast.study.checked import write_json
from tumorcast.study.doubt.control_regions import control_regions
from tumorcast.study.doubt.from_tables import events_per_parameter, optimism, stability_of_selection
from tumorcast.study.doubt.groups import groups
from tumorcast.study.doubt.learning import learning_curve
from tumorcast.study.doubt.null import null_runs
from tumorcast.study.doubt.of_centres import of_centres
from tumorcast.study.doubt.trials import NotDoneError, Trials
from tumorcast.study.doubt.verdicts import block_verdicts
from tumorcast.validation.plain import horizon_name

SCEPTICISM = "scepticism.json"

PARTS: dict[str, Callable[[Trials], dict[str, Any]]] = {
    "verdicts": block_verdicts,
    "optimism": optimism,
    "events": events_per_parameter,
    "selection_stability": stability_of_selection,
    "null": null_runs,
    "controls": control_regions,
    "centres": of_centres,
    "subgroups": groups,
    "learning_curve": learning_curve,
}
"""Every doubt by its key in the document."""


def write_scepticism(trials: Trials) -> dict[str, Any]:
    """Write ``scepticism.json`` into the run directory and return its content.

    A doubt that cannot be raised stands under ``left_out`` with the reason.
    """
    document: dict[str, Any] = {"horizon_days": horizon_name(trials.horizon_days)}
    left_out = []
    for key, raise_doubt in PARTS.items():
        try:
            document[key] = raise_doubt(trials)
        except NotDoneError as reason:
            left_out.append({"part": key, "reason": str(reason)})
        except StudyRefusedError as error:
            left_out.append({"part": key, "reason": error.findings[0].found})
        except TaskError as error:
            left_out.append({"part": key, "reason": f"a fit failed: {error.reason}"})
    document["left_out"] = left_out
    write_json(trials.run_dir / SCEPTICISM, document)
    return document
