"""The command line. Heavy packages are imported by the command that needs them."""

from __future__ import annotations

from typing import NoReturn

import typer

from tumorcast.cli.explaining import explain
from tumorcast.cli.features import extract, stability
from tumorcast.cli.leaving import leave_with
from tumorcast.cli.models import bundle, predict, validate
from tumorcast.cli.options import DONE_WITH_EXCLUSIONS
from tumorcast.cli.planning import power
from tumorcast.cli.studies import check, demo, init, report, run
from tumorcast.cli.weights import convert_weights, fetch_weights, pretrain

__all__ = ["DONE_WITH_EXCLUSIONS", "app", "main"]

app = typer.Typer(
    name="tumorcast",
    help="Predict what happens to a cancer patient from scans and a table, without leaks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (demo, power, init, check, run, report, explain, bundle, predict, validate,
                extract, stability, pretrain, fetch_weights, convert_weights):  # fmt: skip
    app.command()(command)


def main() -> NoReturn:
    """Run the command line and leave with the exit code of the public contract."""
    leave_with(app)
