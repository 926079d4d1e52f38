/** Networks to compare searches on, for CIFAR images. */
import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode } from "@espalier/core";
import { mobilenetV2, resnet } from "@espalier/espalier";

/** Convolutions of 3 × 3 by their channels; between them the image is halved. */
const VGG = [[32, 32], [64, 64], [128, 128, 128], [256, 256]];

/** A network like VGG (Simonyan and Zisserman 2015), small: late layers are much wider than needed. */
function vggLike(classes: number): Blueprint {
  const nodes: BlueprintNode[] = [{ id: "images", op: "input", inputs: [], shape: [32, 32, 3] }];
  const last = () => nodes.at(-1)!.id;
  for (const [s, widths] of VGG.entries()) {
    if (s > 0) {
      nodes.push({
        ...{ id: `pool${s}`, op: "pool", pool: "max", inputs: [last()] },
        ...{ size: [2, 2], strides: [2, 2], padding: [0, 0, 0, 0] },
      });
    }
    for (const [c, channels] of widths.entries()) {
      const id = `conv${s}_${c}`;
      const layer = { kernel: 3, norm: DEFAULT_NORM, activation: "relu" } as const;
      nodes.push(conv({ id, input: last(), channels, ...layer }));
    }
  }
  nodes.push({ id: "pool", op: "global-pool", inputs: [last()] });
  nodes.push({ id: "classifier", op: "dense", inputs: ["pool"], channels: classes, bias: true });
  return { name: "vgg-like", nodes, stages: [], output: "classifier" };
}

/** By the word that chooses one. */
export const NETWORKS: Readonly<Record<string, (classes: number) => Blueprint>> = {
  "resnet8": (classes) => resnet({ depth: 8, classes }),
  "resnet20": (classes) => resnet({ depth: 20, classes }),
  "vgg": vggLike,
  "mobilenet": (classes) => mobilenetV2({ classes }),
};
