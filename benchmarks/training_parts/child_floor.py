"""What the device can do and what a network asks of it: ENCODER THREADS -> JSON."""

from __future__ import annotations

import json
import statistics
import sys

import torch
from shared import BATCH, SIDE, Clock, device, network_of
from torch.utils.flop_counter import FlopCounterMode

from tumorcast.encoders.precision import precision_here
from tumorcast.fusion.batch import Batch


def matmul_rate() -> float:
    """Return operations a second of large matrix products: wall clock on a GPU, else CPU time."""
    on_gpu = device().type == "cuda"
    n = 8192 if on_gpu else 1536
    number = torch.bfloat16 if precision_here() == "bfloat16" else torch.float32
    a = torch.rand(n, n, device=device()).to(number)
    clock, seconds = Clock(), []
    for _ in range(9):
        clock.look()
        a @ a
        seconds.append(clock.look()["wall" if on_gpu else "cpu"])
    return 2 * n**3 / statistics.median(seconds)


def main() -> None:
    """Print the rate, and the operations of a step and of a prediction of one case."""
    torch.set_num_threads(int(sys.argv[2]))
    network = network_of(sys.argv[1])
    nothing = torch.zeros(BATCH, 0, device=device())
    there = torch.ones(BATCH, dtype=torch.bool, device=device())
    crops = torch.rand(BATCH, 2, SIDE, SIDE, SIDE, device=device())
    batch = Batch({"ct": crops}, {"ct": there}, nothing, nothing.bool())
    with FlopCounterMode(display=False) as forward:
        output = network(batch)
    with FlopCounterMode(display=False) as backward:
        output.sum().backward()
    once = forward.get_total_flops() / BATCH
    step = once + backward.get_total_flops() / BATCH
    print(json.dumps({"rate": matmul_rate(), "step": step, "predict": once}))


if __name__ == "__main__":
    main()
