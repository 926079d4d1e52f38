import { conv } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode } from "@espalier/core";
import { classified, images, type Place, pool, UNIT } from "../shared/nodes.ts";
import { type DensenetOptions, type ResolvedDensenet, resolveDensenet } from "./options.ts";

/** The norm and ReLU in front of a convolution. */
function normBefore({ id, input }: Place): BlueprintNode {
  return { id, op: "norm", inputs: [input], ...UNIT };
}

/** First channels: twice the growth; 16 in a basic network. */
const stemChannels = ({ block, growth }: ResolvedDensenet): number =>
  block === "basic" ? 16 : 2 * growth;

function stem(network: ResolvedDensenet): readonly BlueprintNode[] {
  const first = { id: "stem", input: "input", channels: stemChannels(network) };
  if (network.family === "cifar") return [conv({ ...first, kernel: 3 })];
  return [
    conv({ ...first, kernel: 7, stride: 2, ...UNIT }),
    pool({ id: "stem_pool", input: "stem", by: "max", size: 3 }),
  ];
}

/** A layer, whose channels go behind those that it reads. */
function layer({ id, input }: Place, { block, growth }: ResolvedDensenet) {
  const [norm, wide, added] = [`${id}/norm`, `${id}/conv_a`, `${id}/conv_b`] as const;
  const isBasic = block === "basic";
  const bottleneck = isBasic
    ? []
    : [conv({ id: wide, input: norm, channels: 4 * growth, kernel: 1, ...UNIT })];
  return [
    normBefore({ id: norm, input }),
    ...bottleneck,
    conv({ id: added, input: isBasic ? norm : wide, channels: growth, kernel: 3 }),
    { id: `${id}/concat`, op: "concat", inputs: [input, added] } as const,
  ];
}

function transition({ id, input, channels }: Place & { readonly channels: number }) {
  const [norm, narrow] = [`${id}/norm`, `${id}/conv`] as const;
  return [
    normBefore({ id: norm, input }),
    conv({ id: narrow, input: norm, channels, kernel: 1 }),
    pool({ id: `${id}/pool`, input: narrow, by: "average" }),
  ];
}

/**
 * DenseNet (Huang et al., CVPR 2017): each layer reads what all layers before it in its block made.
 * For CIFAR three blocks of (depth − 4) / 3 basic layers, or of (depth − 4) / 6 bottlenecks
 * (DenseNet-BC); for ImageNet as torchvision has it. Norms stand before convolutions, which have no
 * bias; there is no dropout.
 *
 * Nodes: `stem`, `block0/layer0/norm`, `conv_a` (bottlenecks only), `conv_b`, `concat`,
 * `transition0/norm`, `conv`, `pool`, `norm`, `pool`, `classifier`. Every convolution may have a width of
 * its own. There are no stages: what a layer leaves is wider than what it reads, so that no earlier
 * layer can stand in for the last one.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { densenet } from "@espalier/networks";
 *
 * const network = densenet({ depth: 100, block: "bottleneck", classes: 10 });
 * assertEquals(network.nodes.filter(({ op }) => op === "concat").length, 48);
 * ```
 *
 * @param options Depth, growth, kind of layer, classes, family and size.
 * @returns The blueprint.
 * @throws {EspalierError} ERR_NETWORK_DEPTH if there is no such depth, with the nearest ones;
 * ERR_CONFIG_INVALID if an option is unknown or not valid; ERR_BLUEPRINT_INVALID if the images are too
 * small for the pools.
 */
export function densenet(options: DensenetOptions): Blueprint {
  const network = resolveDensenet(options);
  const { name, size, classes, growth, block, layers } = network;
  const nodes: BlueprintNode[] = [images(size), ...stem(network)];
  const last = () => nodes.at(-1)!.id;
  let channels = stemChannels(network);
  for (const [b, count] of layers.entries()) {
    for (let l = 0; l < count; l++) {
      nodes.push(...layer({ id: `block${b}/layer${l}`, input: last() }, network));
    }
    channels += count * growth;
    if (b === layers.length - 1) break;
    if (block === "bottleneck") channels = Math.floor(channels / 2);
    nodes.push(...transition({ id: `transition${b}`, input: last(), channels }));
  }
  nodes.push(normBefore({ id: "norm", input: last() }), {
    id: "pool",
    op: "global-pool",
    inputs: ["norm"],
  });
  return classified({ name, nodes, stages: [], classes });
}
