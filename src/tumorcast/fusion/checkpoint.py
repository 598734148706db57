"""Checkpoints of a training, from which it goes on bit for bit after it was killed."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from tumorcast.errors import Finding
from tumorcast.features.ledger import state_digest
from tumorcast.fusion.training_state import TrainingState


@dataclass(frozen=True)
class Checkpoints:
    """Where trainings keep their checkpoints.

    Parameters
    ----------
    folder
        Made when it is needed.
    every_seconds
        Shortest time between two checkpoints of a training. One that is shorter leaves none: to do
        it again costs as little.
    """

    folder: Path
    every_seconds: float = 30.0


class Checkpoint:
    """The checkpoint of one training: a safetensors file with JSON in its header.

    It is found again by a digest of everything that decides the training. It appears whole or not
    at all, and a digest of what is in it tells whether that is still what was written.

    Parameters
    ----------
    settings
        Where and how often.

    Attributes
    ----------
    findings
        ``TRN-01`` a damaged checkpoint, ``TRN-02`` one that could not be written.
    """

    def __init__(self, settings: Checkpoints) -> None:
        self.settings = settings
        self.findings: list[Finding] = []

    @cached_property
    def path(self) -> Path:
        """The file of this training; known after `begin`."""
        return self.settings.folder / f"{self._identity()}.safetensors"

    def begin(self, state: TrainingState, identity: Callable[[], str]) -> None:
        """Bring `state` to where the checkpoint was written; without one, leave it as it is.

        Parameters
        ----------
        identity
            Returns the digest of the training; asked only if a file may be found or is written.
        """
        self._identity = identity
        self._last = time.monotonic()
        folder = self.settings.folder
        if not folder.is_dir() or not any(folder.iterdir()) or not self.path.is_file():
            return
        try:
            tensors, facts = read(self.path)
        except DamagedError as error:
            self.remove()
            self.findings.append(
                Finding(
                    "TRN-01",
                    "repaired",
                    f"a checkpoint is damaged ({error}); its training starts anew",
                    "a checkpoint as it was written",
                    "nothing; if it happens again, check the disk",
                    file=self.path.name,
                )
            )
        else:
            state.restore(tensors, facts)

    def save_if_due(self, state: TrainingState) -> None:
        """Write where the training stands, if the last time is long enough ago."""
        if time.monotonic() - self._last < self.settings.every_seconds:
            return
        try:
            self.settings.folder.mkdir(parents=True, exist_ok=True)
            write(self.path, state.tensors(), state.facts())
        except OSError as error:
            self.findings.append(
                Finding(
                    "TRN-02",
                    "warning",
                    f"a checkpoint cannot be written ({error.strerror}); training goes on without",
                    "room for it",
                    "free space, so that a killed training need not start anew",
                    file=str(self.settings.folder),
                )
            )
            self._last = float("inf")
        else:
            self._last = time.monotonic()

    def remove(self) -> None:
        """Delete the file, if one was found or written."""
        if "path" in self.__dict__:
            self.path.unlink(missing_ok=True)


class DamagedError(ValueError):
    """A checkpoint is not what was written."""


def write(path: Path, tensors: dict[str, Tensor], facts: str) -> None:
    """Write a checkpoint whole or not at all.

    Raises
    ------
    OSError
        When the disk is full or the folder cannot be written.
    """
    partial = path.with_suffix(f".{os.getpid()}")
    try:
        save_file(tensors, partial, {"facts": facts, "sha256": _digest(tensors, facts)})
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except SafetensorError as error:  # which is how the library says that the disk is full
        raise OSError(0, str(error)) from None
    finally:
        partial.unlink(missing_ok=True)


def read(path: Path) -> tuple[dict[str, Tensor], str]:
    """Return the tensors and the JSON of a checkpoint; nothing in it is executed.

    Raises
    ------
    DamagedError
        When anything in it differs from what was written.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise DamagedError(str(error)) from None
    facts = header.get("facts", "")
    if header.get("sha256") != _digest(tensors, facts):
        raise DamagedError("its content has another digest")
    return tensors, facts


def _digest(tensors: dict[str, Tensor], facts: str) -> str:
    of_tensors = state_digest({name: value.numpy() for name, value in tensors.items()})
    return hashlib.sha256(f"{of_tensors} {facts}".encode()).hexdigest()
