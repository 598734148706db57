"""Progress with an estimate on a terminal, a few plain lines elsewhere; always on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Called whenever a stage has moved on."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say that `done` of `total` steps of `stage` are done."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Say nothing."""


@contextmanager
def console_progress() -> Iterator[Progress]:
    """Give a `Progress` that shows bars on a terminal and every tenth part elsewhere."""
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain_lines(lambda line: console.print(line, highlight=False))
        return
    from rich import progress as bars  # noqa: PLC0415

    columns = (
        bars.TextColumn("{task.description:28s}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
        bars.TextColumn("left"),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=console) as shown:
        rows: dict[str, bars.TaskID] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in rows:
                rows[stage] = shown.add_task(stage, total=total)
            shown.update(rows[stage], completed=done, total=total)

        yield advance


def _plain_lines(write: Callable[[str], None]) -> Progress:
    tenths: dict[str, int] = {}
    first: dict[str, tuple[float, int]] = {}

    def advance(stage: str, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 10
        since, before = first.setdefault(stage, (time.monotonic(), done))
        if tenths.get(stage) != tenth:
            tenths[stage] = tenth
            write(f"{stage}: {done}/{total}{_left(since, done - before, total - done)}")

    return advance


def _left(since: float, done: int, remaining: int) -> str:
    """Return what is left, taking the remaining steps to be as quick as those so far."""
    if not (done and remaining):
        return ""
    seconds = round((time.monotonic() - since) / done * remaining)
    minutes, seconds = divmod(seconds, 60)
    return f", about {minutes} min {seconds:02d} s left"
