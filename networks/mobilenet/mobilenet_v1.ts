import { conv } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, Stage } from "@espalier/core";
import { classified, depthwise, images, type Place, rowOfBlocks, UNIT } from "../shared/nodes.ts";
import { type MobilenetOptions, resolveMobilenet, scaled } from "./options.ts";

/** Blocks of one width; the first has the stride. */
const STAGES: readonly (readonly [channels: number, blocks: number, stride: 1 | 2])[] = [
  [64, 1, 1],
  [128, 2, 2],
  [256, 2, 2],
  [512, 6, 2],
  [1024, 2, 2],
];

/** A depthwise convolution and a 1×1 one. */
function separable(
  { id, input, channels, stride }: Place & {
    readonly channels: number;
    readonly stride: 1 | 2;
  },
): readonly BlueprintNode[] {
  const first = `${id}/depthwise`;
  return [
    depthwise({ id: first, input, stride, activation: "relu" }),
    conv({ id: `${id}/pointwise`, input: first, channels, kernel: 1, ...UNIT }),
  ];
}

/**
 * MobileNet (Howard et al., 2017, arXiv 1704.04861): 13 depthwise separable convolutions. Strided
 * convolutions are padded by 1 on every side. For CIFAR the stem has stride 1.
 *
 * Nodes: `stem`, `stage1/block0/depthwise`, `pointwise`, `pool`, `classifier`. Blocks of one width are a
 * stage. A depthwise convolution is as wide as what it reads.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { mobilenetV1 } from "@espalier/networks";
 *
 * const network = mobilenetV1({ classes: 10, width: 0.5 });
 * assertEquals(network.stages.map(({ blocks }) => blocks.length), [2, 2, 6, 2]);
 * ```
 *
 * @param options Classes, width multiplier, family and size.
 * @returns The blueprint.
 * @throws {EspalierError} ERR_CONFIG_INVALID if an option is unknown or not valid.
 */
export function mobilenetV1(options: MobilenetOptions): Blueprint {
  const { name, classes, family, size, width } = resolveMobilenet(options, "V1");
  const stride = family === "cifar" ? 1 : 2;
  const stem = { id: "stem", input: "input", channels: scaled(32, width), kernel: 3, stride };
  const nodes: BlueprintNode[] = [images(size), conv({ ...stem, ...UNIT })];
  const stages: Stage[] = [];
  for (const [s, [channels, count, stride]] of STAGES.entries()) {
    const row = rowOfBlocks({
      id: `stage${s}`,
      input: nodes.at(-1)!.id,
      count,
      block: ({ id, input, first }) =>
        separable({ id, input, channels: scaled(channels, width), stride: first ? stride : 1 }),
    });
    nodes.push(...row.nodes);
    stages.push(...row.stages);
  }
  nodes.push({ id: "pool", op: "global-pool", inputs: [nodes.at(-1)!.id] });
  return classified({ name, nodes, stages, classes });
}
