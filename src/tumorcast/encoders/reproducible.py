"""Seeded, deterministic torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def reproducible(seed: int, threads: int) -> Iterator[None]:
    """Run the block with seeded, deterministic torch, and leave torch as it was.

    Sums are taken in another order with another number of threads, so `threads` is part of what
    makes two runs on a CPU equal bit for bit. Memory that is about to be written is not filled
    first, which torch does in this mode to find faults and which costs a tenth of a step.
    """
    threads_before = torch.get_num_threads()
    deterministic_before = torch.are_deterministic_algorithms_enabled()
    memory: Any = torch.utils.deterministic
    filled_before = memory.fill_uninitialized_memory
    torch.set_num_threads(threads)
    memory.fill_uninitialized_memory = False
    torch.use_deterministic_algorithms(not torch.cuda.is_available())
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            yield
    finally:
        torch.use_deterministic_algorithms(deterministic_before)
        memory.fill_uninitialized_memory = filled_before
        torch.set_num_threads(threads_before)
