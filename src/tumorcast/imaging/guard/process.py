"""The parent's side of the child process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import weakref
from typing import Any

from tumorcast.imaging.guard.channel import receive, send
from tumorcast.imaging.guard.codec import decode, encode
from tumorcast.imaging.guard.received import ReceivedMemory

WAIT_SECONDS = 600.0
"""A file on the slowest disk is read in this time; computing has a shorter limit of its own."""

_PROGRAM = "import sys; from tumorcast.imaging.guard.child import main; main(int(sys.argv[1]))"


class ChildDiedError(Exception):
    """The child ended instead of answering.

    Attributes
    ----------
    reason
        ``"time"``, or how it ended.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Child:
    """One child process, begun at once and waited for when it is first needed."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  (this interpreter, fixed program)
                [sys.executable, "-c", _PROGRAM, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,
            )
        ours.settimeout(WAIT_SECONDS)
        self.channel = ours
        self.owner = os.getpid()
        self.ready = False
        self.memory = ReceivedMemory()
        self.stop = weakref.finalize(self, _stop, self.process, ours, self.owner)

    @property
    def usable(self) -> bool:
        """Whether it belongs to this process and still runs."""
        return self.owner == os.getpid() and self.stop.alive and self.process.poll() is None

    def ask(self, question: tuple[Any, ...]) -> Any:
        """Send (module, function, arguments, whether it takes findings); return the answer.

        Raises
        ------
        ChildDiedError
            It ended, or did not answer in time.
        RuntimeError
            It could not start.
        """
        request = encode((*question, *self.memory.settle()))
        try:
            return self._answer_to(request)
        except TimeoutError as error:
            self.stop()
            raise ChildDiedError("time") from error
        except (EOFError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = self._way_of_death()
            self.stop()
            raise ChildDiedError(reason) from error
        except BaseException:
            self.stop()
            raise

    def _answer_to(self, request: bytes) -> Any:
        if not self.ready:
            self._await_start()
        send(self.channel, request)
        new, handles = receive(self.channel)
        self.memory.add(decode(new), handles)
        text, _ = receive(self.channel)
        return decode(text, self.memory.array)

    def _await_start(self) -> None:
        try:
            receive(self.channel)
        except (EOFError, OSError) as error:
            raise RuntimeError(
                f"the process that reads files could not start ({sys.executable})"
            ) from error
        self.ready = True

    def _way_of_death(self) -> str:
        try:
            code = self.process.wait(5)
        except subprocess.TimeoutExpired:
            return "it answered nonsense"
        if code >= 0:
            return f"exit code {code}"
        return "time" if -code in {signal.SIGPROF, signal.SIGXCPU} else signal.Signals(-code).name


def _stop(process: subprocess.Popen[bytes], channel: socket.socket, owner: int) -> None:
    channel.close()
    if os.getpid() == owner:
        process.kill()
        process.wait()
