"""How the program ends: every fault becomes a sentence and an exit code."""

from __future__ import annotations

import errno
import json
import signal
import sys
import traceback
from types import FrameType
from typing import NoReturn

import typer

from tumorcast.cli.options import (
    DONE,
    INTERNAL,
    INTERRUPTED,
    OUT_OF_RESOURCE,
    REFUSED,
    TERMINATED,
)
from tumorcast.errors import BadInputError, Finding, StudyRefusedError, console_lines


def _refused(findings: tuple[Finding, ...]) -> int:
    for line in console_lines(findings):
        typer.echo(line, err=True)
    if "--json" in sys.argv:
        typer.echo(json.dumps({"findings": [finding.as_dict() for finding in findings]}, indent=2))
    return REFUSED


def _terminate(_signum: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(TERMINATED)


def leave_with(app: typer.Typer) -> NoReturn:
    """Run the command line and leave with the exit code of the public contract."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_exit_code_of(app))


def _exit_code_of(app: typer.Typer) -> int:
    try:
        code = app(standalone_mode=False)
    except StudyRefusedError as error:
        return _refused(error.findings)
    except BadInputError as error:
        return _refused((error.finding,))
    except typer.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except MemoryError:
        typer.echo("out of memory; use fewer --workers and run again to resume", err=True)
        return OUT_OF_RESOURCE
    except Exception as error:  # the last line of defence turns every fault into an exit code
        return _failed(error)
    if code == INTERRUPTED:
        typer.echo("interrupted; run the same command again to resume", err=True)
    return code if isinstance(code, int) else DONE


def _failed(error: Exception) -> int:
    show = getattr(error, "show", None)
    if show is not None and hasattr(error, "exit_code"):  # a usage error of the command line
        show()
        return REFUSED
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        typer.echo(f"the disk is full ({error}); free room and run again to resume", err=True)
        return OUT_OF_RESOURCE
    if getattr(error, "killed", False):  # a worker process, most often for want of memory
        typer.echo(f"{error}; use fewer --workers and run again to resume", err=True)
        return OUT_OF_RESOURCE
    traceback.print_exception(error)
    typer.echo("internal error: this is a fault of tumorcast, not of the input", err=True)
    return INTERNAL
