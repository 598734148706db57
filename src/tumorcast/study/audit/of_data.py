"""Checks on who and what entered the study."""

from __future__ import annotations

from tumorcast.errors import first_of
from tumorcast.study.audit.finished import Answer, FinishedRun, failed, not_applicable, passed

TELLING = 4
"""Columns with many different values in which two patients do not agree by chance."""

SHOWN = 3


def nobody_twice(run: FinishedRun) -> Answer:
    """Judge whether the same patient may stand in the table under two names."""
    same_images = run.findings("IDS-07")
    if same_images:
        return failed(same_images[0]["found"])
    frame = run.features
    numbers = frame.select_dtypes("number")
    telling = [name for name in numbers if numbers[name].nunique() > len(frame) / 2]
    if len(telling) < TELLING:
        return not_applicable(
            f"{len(telling)} columns tell patients apart, too few to recognise one by"
        )
    patient_of = run.predictions.drop_duplicates("case").set_index("case")["patient"]
    known = numbers[telling].dropna()
    twins = known[known.duplicated(keep=False)]
    names = [
        [str(case) for case in cases]
        for cases in twins.groupby(telling).groups.values()
        if patient_of.reindex([str(case) for case in cases]).nunique() > 1
    ]
    if names:
        told = "; ".join(" = ".join(pair) for pair in names[:SHOWN])
        return failed(f"equal in all of {len(telling)} columns: {told}")
    return passed(
        f"no two patients share their images, or all of {len(telling)} columns that tell patients"
        " apart"
    )


def known_at_baseline(run: FinishedRun) -> Answer:
    """Judge whether a column that is known only later may have been learned from."""
    columns = run.study.get("columns") or {}
    allowed = sorted(run.study.get("allow_leaky") or ())
    if allowed:
        return failed(f"used by explicit permission although they look leaky: {', '.join(allowed)}")
    later = sorted(name for name, column in columns.items() if column["known"] == "later")
    if not columns:
        return not_applicable("no clinical column is declared")
    told = f" ({', '.join(later)})" if later else ""
    return passed(
        f"{len(columns) - len(later)} columns are declared as known at baseline, none of which"
        f" looks like the outcome; {len(later)} known later were kept out{told}"
    )


def not_pretrained_on(run: FinishedRun) -> Answer:
    """Judge whether weights have seen the cases that they are tested on."""
    seen = run.findings("WGT-05")
    if seen:
        return failed(seen[0]["found"])
    weights = run.plan.get("weights") or ()
    if not weights:
        return not_applicable("no model starts from weights")
    return passed(f"{len(weights)} sets of weights; their cards name no case of this study")


def one_seed(run: FinishedRun) -> Answer:
    """Judge whether other seeds were tried on the same outcomes."""
    others = sorted(set(run.seeds) - {run.study["validation"]["seed"]})
    if others:
        return failed(
            f"the same patients and outcomes were also validated with {len(others)} other seeds"
            f" beside this run ({first_of(others, 8)}): report the first, or all"
        )
    return passed("no other seed was tried on these patients and outcomes in this folder")
