"""Plain training by PyTorch, for `deno task bench` to compare with.

`python training.py NETWORK SIZE BATCH` reads turns from standard input, one JSON object a line,
`{"layout": "channels_last", "threads": 2, "steps": 2}`, and answers each with the milliseconds of
every step, and the memory peak of the process so far.
SGD with Nesterov momentum, as Espalier trains.
"""

import json
import resource
import sys
import time

import torch
from torch.nn import functional

from networks import network_of

LAYOUTS = {
    "contiguous": torch.contiguous_format,
    "channels_last": torch.channels_last,
}


def training(name, size, batch, layout):
    """A function that does one step; training in one memory layout."""
    torch.manual_seed(1)
    network = network_of(name).to(memory_format=LAYOUTS[layout])
    optimizer = torch.optim.SGD(
        network.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4
    )
    images = torch.randn(batch, 3, size, size).to(memory_format=LAYOUTS[layout])
    labels = torch.randint(10, (batch,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(network(images), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def timed(step):
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1000


def main(name, size, batch):
    print(json.dumps({"version": torch.__version__}), flush=True)
    steps = {}
    for line in sys.stdin:
        turn = json.loads(line)
        layout = turn["layout"]
        torch.set_num_threads(turn["threads"])
        if layout not in steps:
            steps[layout] = training(name, size, batch, layout)
        ms = [timed(steps[layout]) for _ in range(turn["steps"])]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"ms": ms, "peakMiB": peak}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
