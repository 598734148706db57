"""Seeded, deterministic torch."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def reproducible(seed: int, threads: int) -> Iterator[None]:
    """Run the block with seeded, deterministic torch, and leave torch as it was.

    Sums are taken in another order with another number of threads, so `threads` is part of what
    makes two runs on a CPU equal bit for bit. On a GPU torch goes its deterministic way where it
    has one, and its other way, without a word, where it has none. Memory that is about to be
    written is not filled first, which torch does in this mode to find faults and which costs a
    tenth of a step.
    """
    on_gpu = torch.cuda.is_available()
    threads_before = torch.get_num_threads()
    deterministic_before = torch.are_deterministic_algorithms_enabled()
    warning_before = torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic
    filled_before = memory.fill_uninitialized_memory
    torch.set_num_threads(threads)
    memory.fill_uninitialized_memory = False
    if on_gpu:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it cuBLAS is not
    torch.use_deterministic_algorithms(True, warn_only=on_gpu)
    try:
        with torch.random.fork_rng(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*deterministic", UserWarning)
            torch.manual_seed(seed)
            yield
    finally:
        torch.use_deterministic_algorithms(deterministic_before, warn_only=warning_before)
        memory.fill_uninitialized_memory = filled_before
        torch.set_num_threads(threads_before)
