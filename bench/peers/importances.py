"""Torch-Pruning's half of `bench/importances.ts`: the channels that it keeps, on the same weights.

`python importances.py JOB` reads weights, two images and what Espalier kept, and prints in how many
groups of layers both keep the same channels at the same width, and which share of all is the same.
"""

import json
import sys

import torch
import torch_pruning as tp
from torch import nn

from resnet import resnet

with open(sys.argv[1]) as file:
    JOB = json.load(file)


class GeometricMedian:
    """Distances of the root's filters, as in the paper; FPGMImportance takes those of their squares."""

    def __call__(self, group):
        weights = group[0].dep.layer.weight.data.flatten(1)
        return torch.cdist(weights, weights).sum(0)


def modules(network):
    """Convolutions by Espalier's names, and their norms, if there are any."""
    found = {"stem": (network[0], network[1])}
    blocks = [layer for layer in network if hasattr(layer, "conv_a")]
    per_stage = len(blocks) // 3
    for i, block in enumerate(blocks):
        name = f"stage{i // per_stage}/block{i % per_stage}"
        found[f"{name}/conv_a"] = (block.conv_a, block.norm_a)
        found[f"{name}/conv_b"] = (block.conv_b, block.norm_b)
        if len(block.shortcut) > 0:
            found[f"{name}/shortcut"] = (block.shortcut[1], None)
    return found


def weight(name):
    found = JOB["weights"][name]
    return torch.tensor(found["values"]).reshape(found["shape"])


def network():
    model = resnet(JOB["depth"]).eval()
    with torch.no_grad():
        for name, (conv, norm) in modules(model).items():
            conv.weight.copy_(weight(f"{name}/kernel").permute(3, 2, 0, 1))
            if norm is None:
                continue
            norm.weight.copy_(weight(f"{name}/norm/gamma"))
            norm.bias.copy_(weight(f"{name}/norm/beta"))
            norm.running_mean.copy_(weight(f"{name}/norm/mean"))
            norm.running_var.copy_(weight(f"{name}/norm/variance"))
        model[-1].weight.copy_(weight("classifier/kernel").T)
        model[-1].bias.copy_(weight("classifier/bias"))
    return model


IMAGES = torch.tensor(JOB["images"]).reshape(-1, 32, 32, 3).permute(0, 3, 1, 2).contiguous()
MODEL = network()
nn.functional.cross_entropy(MODEL(IMAGES), torch.tensor([0, 1])).backward()
GRAPH = tp.DependencyGraph().build_dependency(MODEL, example_inputs=IMAGES)
CONVOLUTIONS = modules(MODEL)

print(f"torch {torch.__version__}, torch-pruning {tp.__version__}")
for criterion in JOB["criteria"]:
    kind, options = criterion["torch"]
    importance = GeometricMedian() if kind is None else getattr(tp.importance, kind)(**options)
    exact, shared, total = 0, 0, 0
    for group in criterion["groups"]:
        conv = CONVOLUTIONS[group["nodes"][0]][0]
        members = GRAPH.get_pruning_group(
            conv, tp.prune_conv_out_channels, list(range(conv.out_channels))
        )
        scores = importance(members)
        kept = set(group["kept"])
        best = set(torch.argsort(scores, descending=True)[: len(kept)].tolist())
        exact += kept == best
        shared += len(kept & best)
        total += len(kept)
    groups = len(criterion["groups"])
    print(f"{criterion['name']:42} {exact:2} of {groups} groups alike, {shared} of {total} channels")
