"""Plain training of a CIFAR ResNet by PyTorch, for `deno task bench` to compare with.

`python resnet.py DEPTH BATCH` reads turns from standard input, one JSON object a line,
`{"layout": "channels_last", "threads": 2, "steps": 2}`, and answers each with the milliseconds of
every step.
The network is the one that Espalier trains: basic blocks, shortcuts of average pooling and a 1x1
convolution without norm; SGD with Nesterov momentum.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional

LAYOUTS = {
    "contiguous": torch.contiguous_format,
    "channels_last": torch.channels_last,
}


class Block(nn.Module):
    def __init__(self, inputs, channels):
        super().__init__()
        stride = 1 if inputs == channels else 2
        self.conv_a = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.norm_a = nn.BatchNorm2d(channels)
        self.conv_b = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm_b = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride == 2:
            projection = nn.Conv2d(inputs, channels, 1, bias=False)
            self.shortcut = nn.Sequential(nn.AvgPool2d(2), projection)

    def forward(self, x):
        y = functional.relu(self.norm_a(self.conv_a(x)))
        return functional.relu(self.norm_b(self.conv_b(y)) + self.shortcut(x))


def resnet(depth, classes=10):
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    inputs = 16
    for channels in (16, 32, 64):
        for _ in range((depth - 2) // 6):
            layers.append(Block(inputs, channels))
            inputs = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes))


def training(depth, batch, layout):
    """A function that does one step; training in one memory layout."""
    torch.manual_seed(1)
    network = resnet(depth).to(memory_format=LAYOUTS[layout])
    optimizer = torch.optim.SGD(
        network.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4
    )
    images = torch.randn(batch, 3, 32, 32).to(memory_format=LAYOUTS[layout])
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


def main(depth, batch):
    print(json.dumps({"version": torch.__version__}), flush=True)
    steps = {}
    for line in sys.stdin:
        turn = json.loads(line)
        layout = turn["layout"]
        torch.set_num_threads(turn["threads"])
        if layout not in steps:
            steps[layout] = training(depth, batch, layout)
        print(json.dumps({"ms": [timed(steps[layout]) for _ in range(turn["steps"])]}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
