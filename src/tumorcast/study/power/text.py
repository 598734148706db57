"""What a planned study would report, as lines for the console."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Numbers = Mapping[str, float]


def lines(document: Mapping[str, Any]) -> list[str]:
    """Return ``power.json`` for people."""
    return [
        *_assumed(document),
        *(line for size in document["sizes"] for line in ("", *_size(document, size))),
        "",
        *_notes(document),
        "",
        *_riley(document),
    ]


def model_words(document: Mapping[str, Any], model: str) -> str:
    """Return a model by the blocks that it uses."""
    return " + ".join(document["models"][model]["blocks"])


def percent(share: float) -> str:
    """Return a share in whole percent."""
    return f"{100 * share:.0f}%"


def _assumed(document: Mapping[str, Any]) -> Iterator[str]:
    plan = document["plan"]
    yield f"Assumed: {percent(plan['prevalence'])} of patients with the event"
    rows = [["block", "columns", "informative", "AUROC of one of these", "of the block alone"]]
    rows += [
        [block["block"], str(block["columns"]), str(block["informative"]),
         f"{block['column_auroc']:.3f}", f"{block['auroc']:.3f}"]
        for block in document["population"]
    ]  # fmt: skip
    yield from _table(rows)


def _size(document: Mapping[str, Any], size: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{size['patients']} patients, {size['n_events']} with the event;"
        f" {size['studies']} simulated studies (median, 2.5% to 97.5%)"
    )
    rows = [["model", "best possible", "its models reach", "AUROC reported", "interval's width",
             f"off by > {document['off_by']:g}"]]  # fmt: skip
    rows += [
        [model_words(document, name), f"{document['models'][name]['attainable']:.3f}",
         _spread(arm["reached"]), _spread(arm["reported"]), f"{arm['width']['median']:.2f}",
         percent(arm["off"]["share"])]
        for name, arm in size["arms"].items()
    ]  # fmt: skip
    yield from _table(rows)
    if size["blocks"]:
        yield from _table(list(_verdict_rows(size["blocks"])))


def _verdict_rows(blocks: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    yield ["block", "beyond", "gain possible", "gain reported", "adds", "does not add",
           "cannot be told"]  # fmt: skip
    for block in blocks:
        shares = [percent(share["share"]) for share in block["answers"].values()]
        for number, gain in enumerate(block["gains"]):
            yield [
                "" if number else block["block"],
                gain["beyond"],
                f"{gain['attainable']:+.3f}",
                _spread(gain["reported"], sign="+"),
                *(["", "", ""] if number else shares),
            ]


def _notes(document: Mapping[str, Any]) -> Iterator[str]:
    error = 0.98 / math.sqrt(document["plan"]["studies"])
    yield (
        "Its models reach: in new patients of the same population; a report further than"
        f" {document['off_by']:g} from it is off."
    )
    yield f"A share of 50% of these studies is known to within {percent(error)}."
    for block, patients in document["enough"].items():
        told = f"with {patients} patients" if patients else "with none of these sizes"
        yield f"{block}: found to add in {percent(document['mostly'])} of the studies {told}"


def _riley(document: Mapping[str, Any]) -> Iterator[str]:
    yield "Riley's minimum sample size, each column a candidate parameter:"
    rows = [["model", "columns", "shrinkage", "optimism", "overall risk", "patients", "events"]]
    for name, model in document["models"].items():
        found = model["riley"]
        sizes = ["-"] * 5 if found is None else [
            *(f"{found[key]}" for key in ("shrinkage", "optimism", "overall_risk", "n")),
            f"{found['n_events']:.0f}",
        ]  # fmt: skip
        rows.append([model_words(document, name), str(model["columns"]), *sizes])
    yield from _table(rows)


def _spread(numbers: Numbers | None, sign: str = "") -> str:
    if numbers is None:
        return "-"
    low, high = (f"{numbers[name]:{sign}.2f}" for name in ("low", "high"))
    return f"{numbers['median']:{sign}.2f} ({low} to {high})"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows in columns, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first, *others = (
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join([f"  {first}", *others]).rstrip()
