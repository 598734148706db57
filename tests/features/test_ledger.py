from __future__ import annotations

import numpy as np

from tumorcast.errors import Finding
from tumorcast.features import Ledger, state_digest


def test_steps_are_written_with_their_path_and_sorted_cases() -> None:
    ledger = Ledger()
    ledger.within("members").within("ct").record("impute", ["p2", "p1"], {"median": np.ones(2)})
    (step,) = ledger.steps
    assert step.step == "members/ct/impute"
    assert step.case_ids == ("p1", "p2")
    assert step.state_digest == state_digest({"median": np.ones(2)})


def test_findings_of_every_part_come_together() -> None:
    ledger = Ledger()
    finding = Finding("TRN-01", "repaired", "found", "expected", "fix")
    ledger.within("member_0").findings.append(finding)
    assert ledger.findings == [finding]


def test_a_digest_sees_every_bit_name_shape_and_type() -> None:
    base = {"a": np.array([1.0, 2.0]), "b": np.array(["x"])}
    changed = [
        {**base, "a": np.array([1.0, np.nextafter(2.0, 3.0)])},
        {**base, "a": np.array([[1.0, 2.0]])},
        {**base, "a": np.array([1.0, 2.0], dtype=np.float32)},
        {"c": base["a"], "b": base["b"]},
        {**base, "b": np.array(["y"])},
    ]
    digests = {state_digest(state) for state in [base, *changed]}
    assert len(digests) == 6
    assert state_digest(dict(reversed(base.items()))) == state_digest(base)
