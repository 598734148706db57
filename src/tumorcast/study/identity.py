"""What makes a run this run: its plan, its inputs and the program's version."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib import metadata

from tumorcast.cohort import Outcome
from tumorcast.features import ModelInputs
from tumorcast.study.plan import Plan

REPORTED_PACKAGES = (
    "tumorcast", "numpy", "scipy", "pandas", "scikit-learn", "simpleitk", "numba", "torch", "monai",
)  # fmt: skip


def inputs_digest(inputs: ModelInputs) -> str:
    """Return a digest of everything that the models may look at."""
    digest = hashlib.sha256(inputs.table.frame.to_json(double_precision=15).encode())
    digest.update("\n".join(inputs.groups).encode())
    digest.update("\n".join(inputs.table.centres).encode())
    for again in inputs.table.perturbed:
        digest.update("\n".join(again.columns).encode())
        digest.update(again.load(again.columns).tobytes())
    for name in sorted(inputs.crops):
        block = inputs.crops[name]
        digest.update(name.encode())
        for row, present in zip(block.row, block.present, strict=True):
            digest.update(block.array[int(row)].tobytes() if present else b"absent")
    return digest.hexdigest()


def outcome_digest(outcome: Outcome) -> str:
    """Return a digest of what happened to the cases."""
    digest = hashlib.sha256("\n".join(outcome.case_ids).encode())
    digest.update(outcome.event.tobytes())
    if outcome.time_days is not None:
        digest.update(outcome.time_days.tobytes())
    digest.update("\n".join(outcome.levels).encode())
    return digest.hexdigest()


def program_version() -> str:
    """Return the version of tumorcast."""
    return metadata.version("tumorcast")


def run_id(plan: Plan, inputs: ModelInputs, *, null: bool) -> str:
    """Return the first half of the SHA-256 of the resolved plan, the inputs and the version."""
    identity = json.dumps(
        [plan.as_dict(), inputs_digest(inputs), null, program_version()],
        sort_keys=True,
    )
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    found = {name: metadata.version(name) for name in REPORTED_PACKAGES}
    return {"python": platform.python_version(), "platform": platform.platform(), **found}
