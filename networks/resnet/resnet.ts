import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import type { Block, Blueprint, BlueprintNode, NodeId } from "@espalier/core";
import { type ResnetOptions, type ResolvedResnet, resolveResnet } from "./options.ts";

interface Part {
  readonly nodes: readonly BlueprintNode[];
  readonly output: NodeId;
}

const unit = { norm: DEFAULT_NORM, activation: "relu" } as const;

function stem({ family, size }: ResolvedResnet): Part {
  const images: BlueprintNode = { id: "input", op: "input", inputs: [], shape: [size, size, 3] };
  if (family === "cifar") {
    const first = conv({ id: "stem", input: images.id, channels: 16, kernel: 3, ...unit });
    return { nodes: [images, first], output: first.id };
  }
  return {
    nodes: [
      images,
      conv({ id: "stem", input: images.id, channels: 64, kernel: 7, stride: 2, ...unit }),
      {
        id: "stem_pool",
        op: "pool",
        inputs: ["stem"],
        pool: "max",
        size: [3, 3],
        strides: [2, 2],
        padding: [1, 1, 1, 1],
      },
    ],
    output: "stem_pool",
  };
}

interface BlockSpec {
  readonly id: string;
  readonly input: NodeId;
  readonly width: number;
  readonly stride: 1 | 2;
  /** Whether the input is narrower than the output. */
  readonly widens: boolean;
}

/** The convolutions of a block; the last has no activation of its own. */
function branch({ id, input, width, stride }: BlockSpec, { block }: ResolvedResnet): Part {
  const [a, b, c] = [`${id}/conv_a`, `${id}/conv_b`, `${id}/conv_c`] as const;
  const nodes = block === "basic"
    ? [
      conv({ id: a, input, channels: width, kernel: 3, stride, ...unit }),
      conv({ id: b, input: a, channels: width, kernel: 3, norm: DEFAULT_NORM }),
    ]
    : [
      conv({ id: a, input, channels: width, kernel: 1, ...unit }),
      conv({ id: b, input: a, channels: width, kernel: 3, stride, ...unit }),
      conv({ id: c, input: b, channels: 4 * width, kernel: 1, norm: DEFAULT_NORM }),
    ];
  return { nodes, output: nodes.at(-1)!.id };
}

/** Identity, 1×1 convolution, or average pool and 1×1 convolution. */
function shortcut(spec: BlockSpec, network: ResolvedResnet): Part {
  const { id, input, width, stride, widens } = spec;
  if (stride === 1 && !widens) return { nodes: [], output: input };
  const pooled: BlueprintNode[] = stride === 1 ? [] : [{
    id: `${id}/pool`,
    op: "pool",
    inputs: [input],
    pool: "average",
    size: [2, 2],
    strides: [2, 2],
    padding: [0, 0, 0, 0],
  }];
  const normed = network.family === "imagenet" || (stride === 1 && network.projectionNorm);
  const projection = conv({
    id: `${id}/shortcut`,
    input: pooled[0]?.id ?? input,
    channels: network.expansion * width,
    kernel: 1,
    ...(normed ? { norm: DEFAULT_NORM } : { searchNorm: DEFAULT_NORM }),
  });
  return { nodes: [...pooled, projection], output: projection.id };
}

function residualBlock(spec: BlockSpec, network: ResolvedResnet): Part {
  const main = branch(spec, network);
  const side = shortcut(spec, network);
  const add: BlueprintNode = {
    id: `${spec.id}/add`,
    op: "add",
    inputs: [main.output, side.output],
    projection: { norm: network.family === "imagenet" || network.block === "basic" },
    activation: "relu",
  };
  return { nodes: [...main.nodes, ...side.nodes, add], output: add.id };
}

/**
 * A residual network as the paper's experiments use it: 6n + 2 (basic) or 9n + 2 (bottleneck) layers
 * for CIFAR; 18, 34, 50, 101 or 152 for ImageNet. Convolutions have no bias, norms ε 1e-5 and
 * momentum 0.9. A block of stride 2 has an average pool and a 1×1 convolution as its shortcut.
 *
 * Nodes: `stem`, `stage1/block0/conv_a`, `conv_b`, `conv_c`, `shortcut`, `add`, `pool`, `classifier`.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { resnet } from "@espalier/networks";
 *
 * const network = resnet({ depth: 20, classes: 10 });
 * assertEquals(network.stages.map(({ blocks }) => blocks.length), [3, 3, 3]);
 * ```
 *
 * @param options Depth, classes, kind of block and family.
 * @returns The blueprint.
 * @throws {EspalierError} ERR_NETWORK_DEPTH if there is no such depth, with the nearest ones;
 * ERR_CONFIG_INVALID if an option is unknown or not valid.
 */
export function resnet(options: ResnetOptions): Blueprint {
  const network = resolveResnet(options);
  const first = stem(network);
  const nodes: BlueprintNode[] = [...first.nodes];
  let input = first.output;
  let channels = network.width;

  const stages = network.blocks.map((count, s) => {
    const width = network.width * 2 ** s;
    const blocks = Array.from({ length: count }, (_, b): Block => {
      const id = `stage${s}/block${b}`;
      const stride = s > 0 && b === 0 ? 2 : 1;
      const widens = channels !== network.expansion * width;
      const block = residualBlock({ id, input, width, stride, widens }, network);
      nodes.push(...block.nodes);
      input = block.output;
      channels = network.expansion * width;
      return { id, nodes: block.nodes.map((node) => node.id), output: block.output };
    });
    return { id: `stage${s}`, blocks };
  });

  nodes.push(
    { id: "pool", op: "global-pool", inputs: [input] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: network.classes, bias: true },
  );
  return { name: network.name, nodes, stages, output: "classifier" };
}
