"""The networks of `bench/networks.ts` in PyTorch, layer by layer the same."""

import re

from torch import nn
from torch.nn import functional


def unit(inputs, channels, kernel, stride=1, groups=1, activation=nn.ReLU):
    """A convolution, its norm and an activation, if any."""
    layers = [
        nn.Conv2d(inputs, channels, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
    ]
    return nn.Sequential(*layers, *([activation(inplace=True)] if activation else []))


class Block(nn.Module):
    """A basic block; its shortcut is a mean and a 1x1 convolution, with a norm for ImageNet."""

    def __init__(self, inputs, channels, stride, norm):
        super().__init__()
        self.first = unit(inputs, channels, 3, stride)
        self.second = unit(channels, channels, 3, activation=None)
        self.shortcut = nn.Sequential()
        if inputs != channels:
            norms = [nn.BatchNorm2d(channels)] if norm else []
            projection = nn.Conv2d(inputs, channels, 1, bias=False)
            self.shortcut = nn.Sequential(nn.AvgPool2d(2), projection, *norms)

    def forward(self, x):
        return functional.relu(self.second(self.first(x)) + self.shortcut(x), inplace=True)


def blocks(widths, count, norm):
    layers, inputs = [], widths[0]
    for stage, channels in enumerate(widths):
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            layers.append(Block(inputs, channels, stride, norm))
            inputs = channels
    return layers


def classified(layers, features, classes, hidden=()):
    pooled = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, *pooled, *hidden, nn.Linear(features, classes))


def cifar_resnet(depth, classes):
    layers = [unit(3, 16, 3), *blocks((16, 32, 64), (depth - 2) // 6, norm=False)]
    return classified(layers, 64, classes)


def resnet18(classes):
    stem = [unit(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]
    return classified([*stem, *blocks((64, 128, 256, 512), 2, norm=True)], 512, classes)


class Bottleneck(nn.Module):
    """An inverted residual."""

    def __init__(self, inputs, channels, expansion, stride):
        super().__init__()
        wide = inputs * expansion
        self.layers = nn.Sequential(
            *([unit(inputs, wide, 1, activation=nn.ReLU6)] if expansion > 1 else []),
            unit(wide, wide, 3, stride, groups=wide, activation=nn.ReLU6),
            unit(wide, channels, 1, activation=None),
        )
        self.adds = stride == 1 and inputs == channels

    def forward(self, x):
        return x + self.layers(x) if self.adds else self.layers(x)


def mobilenet_v2(classes):
    layers, inputs = [unit(3, 32, 3, 2, activation=nn.ReLU6)], 32
    for expansion, channels, count, stride in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for block in range(count):
            layers.append(Bottleneck(inputs, channels, expansion, stride if block == 0 else 1))
            inputs = channels
    head = unit(inputs, 1280, 1, activation=nn.ReLU6)
    return classified([*layers, head], 1280, classes, hidden=[nn.Dropout(0.2)])


def vgg16(classes):
    layers, inputs = [], 3
    for stage, (channels, count) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))):
        layers += [nn.MaxPool2d(2)] if stage > 0 else []
        for _ in range(count):
            layers += [nn.Conv2d(inputs, channels, 3, 1, 1), nn.ReLU(inplace=True)]
            inputs = channels
    return classified(layers, 512, classes, hidden=[nn.Linear(512, 512), nn.ReLU(inplace=True)])


def network_of(name, classes=10):
    """A network by the name that `deno task bench --network` takes."""
    others = {"resnet18": resnet18, "mobilenet-v2": mobilenet_v2, "vgg16": vgg16}
    if name in others:
        return others[name](classes)
    return cifar_resnet(int(re.fullmatch(r"resnet(\d+)", name).group(1)), classes)
