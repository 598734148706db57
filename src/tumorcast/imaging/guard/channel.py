"""Messages between the two processes: a length, JSON, and handles of files."""

from __future__ import annotations

import array
import os
import socket
import struct
from collections.abc import Sequence

_LENGTH = struct.Struct("<QI")
_MOST_HANDLES = 200
_LONGEST_BYTES = 2**30


def send(channel: socket.socket, text: bytes, handles: Sequence[int] = ()) -> None:
    """Send one message.

    Raises
    ------
    OSError
        The other process is gone, or does not listen.
    """
    if len(handles) > _MOST_HANDLES:
        raise OSError(f"{len(handles)} arrays in one message")
    head = _LENGTH.pack(len(text), len(handles))
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", handles))] if handles else []
    sent = channel.sendmsg([head], rights)
    channel.sendall(head[sent:] + text)


def receive(channel: socket.socket) -> tuple[bytes, list[int]]:
    """Wait for one message and return its text and handles, which the caller closes.

    Raises
    ------
    EOFError
        The other process is gone.
    TimeoutError
        It did not answer within the channel's time.
    ValueError
        It sent no message of this kind.
    """
    head, handles = _head(channel)
    length, count = _LENGTH.unpack(head)
    if length > _LONGEST_BYTES or count != len(handles):
        close_all(handles)
        raise ValueError(f"a message of {length} bytes with {len(handles)} of {count} files")
    return _exactly(channel, length), handles


def close_all(handles: Sequence[int]) -> None:
    """Close files that were received."""
    for handle in handles:
        os.close(handle)


def _head(channel: socket.socket) -> tuple[bytes, list[int]]:
    size = array.array("i").itemsize
    head, ancillary, _, _ = channel.recvmsg(_LENGTH.size, socket.CMSG_SPACE(_MOST_HANDLES * size))
    handles = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            handles.frombytes(data[: len(data) - len(data) % size])
    return head + _exactly(channel, _LENGTH.size - len(head), begun=head != b""), list(handles)


def _exactly(channel: socket.socket, count: int, *, begun: bool = True) -> bytes:
    if count and not begun:
        raise EOFError
    received = bytearray(count)
    view, at = memoryview(received), 0
    while at < count:
        n = channel.recv_into(view[at:])
        if not n:
            raise EOFError
        at += n
    return bytes(received)
