import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, NodeId, Stage } from "@espalier/core";
import { classified, images, type Place, pool, rowOfBlocks, UNIT } from "../shared/nodes.ts";
import { type ResolvedVgg, resolveVgg, type VggOptions } from "./options.ts";

const WIDTHS = [64, 128, 256, 512, 512] as const;

function convolution(
  { id, input, channels }: Place & { readonly channels: number },
  { family, batchNorm }: ResolvedVgg,
): BlueprintNode {
  const unit = batchNorm ? UNIT : { activation: "relu" } as const;
  const node = conv({ id: `${id}/conv`, input, channels, kernel: 3, ...unit });
  return { ...node, bias: family === "imagenet" || !batchNorm };
}

function dense({ id, input, channels }: Place & { readonly channels: number }) {
  return { id, op: "dense", inputs: [input], channels, bias: true } as const;
}

/** Two hidden layers of 4096 for ImageNet; one of 512 for CIFAR. */
function hidden(input: NodeId, { family, batchNorm }: ResolvedVgg): readonly BlueprintNode[] {
  const activation = "relu";
  if (family === "imagenet") {
    return [
      { id: "flat", op: "flatten", inputs: [input] },
      { ...dense({ id: "hidden0", input: "flat", channels: 4096 }), activation },
      { id: "dropout0", op: "dropout", inputs: ["hidden0"], rate: 0.5 },
      { ...dense({ id: "hidden1", input: "dropout0", channels: 4096 }), activation },
      { id: "dropout1", op: "dropout", inputs: ["hidden1"], rate: 0.5 },
    ];
  }
  const pooled = { id: "pool", op: "global-pool", inputs: [input] } as const;
  const layer = dense({ id: "hidden", input: "pool", channels: 512 });
  if (!batchNorm) return [pooled, { ...layer, activation }];
  return [
    pooled,
    layer,
    { id: "norm", op: "norm", inputs: ["hidden"], norm: DEFAULT_NORM, activation },
  ];
}

/**
 * A plain network of 3×3 convolutions (Simonyan and Zisserman, ICLR 2015).
 *
 * For ImageNet as torchvision has it: convolutions with bias, with or without norms, five maximum
 * pools, two hidden layers of 4096 with dropout 0.5. For CIFAR as Li et al. (ICLR 2017) prune it, in
 * the form of Liu et al. (ICLR 2019): four maximum pools, a mean over what is left, one hidden layer of
 * 512; convolutions have a bias only where there is no norm.
 *
 * Nodes: `stage0/block0/conv`, `stage0/pool`, `hidden`, `norm`; `hidden0`, `hidden1` for ImageNet;
 * `classifier`. A stage of two or more convolutions can be cut; the depths of this family differ in no
 * other way.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { vgg } from "@espalier/networks";
 *
 * const network = vgg({ depth: 16, classes: 10 });
 * assertEquals(network.stages.map(({ blocks }) => blocks.length), [2, 2, 3, 3, 3]);
 * ```
 *
 * @param options Depth, classes, norms, family and size.
 * @returns The blueprint.
 * @throws {EspalierError} ERR_NETWORK_DEPTH if there is no such depth, with the nearest ones;
 * ERR_CONFIG_INVALID if an option is unknown or not valid; ERR_BLUEPRINT_INVALID if the images are too
 * small for the pools.
 */
export function vgg(options: VggOptions): Blueprint {
  const network = resolveVgg(options);
  const nodes: BlueprintNode[] = [images(network.size)];
  const stages: Stage[] = [];
  for (const [s, count] of network.convolutions.entries()) {
    const id = `stage${s}`, channels = WIDTHS[s]!;
    const row = rowOfBlocks({
      id,
      input: nodes.at(-1)!.id,
      count,
      block: (place) => [convolution({ ...place, channels }, network)],
    });
    nodes.push(...row.nodes);
    stages.push(...row.stages);
    if (network.family === "imagenet" || s < WIDTHS.length - 1) {
      nodes.push(pool({ id: `${id}/pool`, input: nodes.at(-1)!.id, by: "max" }));
    }
  }
  nodes.push(...hidden(nodes.at(-1)!.id, network));
  return classified({ name: network.name, nodes, stages, classes: network.classes });
}
