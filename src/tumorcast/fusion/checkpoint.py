"""Checkpoints of a training, from which it goes on bit for bit after it was killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tumorcast.encoders.tensor_file import DamagedError, read, write
from tumorcast.errors import Finding
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
    keep_finished
        Whether trainings leave their end here, for others that are the same; who made the folder
        deletes it.
    """

    folder: Path
    every_seconds: float = 30.0
    keep_finished: bool = False


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
        self._n_epochs = -1

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
            self._n_epochs = len(state.losses)

    def go_on_as(self, name: str) -> None:
        """Take the name of a training that has begun elsewhere."""
        self.path = self.settings.folder / f"{name}.safetensors"
        self._last = time.monotonic()

    def save_if_due(self, state: TrainingState) -> None:
        """Write where the training stands, if the last time is long enough ago."""
        if time.monotonic() - self._last >= self.settings.every_seconds:
            self._save(state)

    def save_end(self, state: TrainingState) -> None:
        """Write where a training ended, where ends are kept and this one is not there yet."""
        if self.settings.keep_finished and self._n_epochs < len(state.losses):
            state.optimizer.state.clear()  # nothing goes on from here
            self._save(state)

    def _save(self, state: TrainingState) -> None:
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
            self._n_epochs = len(state.losses)

    def remove(self) -> None:
        """Delete the file, if one was found or written."""
        if "path" in self.__dict__:
            self.path.unlink(missing_ok=True)
