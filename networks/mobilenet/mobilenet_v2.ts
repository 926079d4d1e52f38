import { conv, DEFAULT_NORM } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, Stage } from "@espalier/core";
import { classified, depthwise, images, type Place, rowOfBlocks } from "../shared/nodes.ts";
import { type MobilenetOptions, resolveMobilenet, scaled } from "./options.ts";

/** Table 2 of the paper: expansion t, channels c, blocks n, stride s of the first block. */
const STAGES: readonly (readonly [t: 1 | 6, c: number, n: number, s: 1 | 2])[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

const unit = { norm: DEFAULT_NORM, activation: "relu6" } as const;

interface BottleneckSpec extends Place {
  /** Channels that it reads. */
  readonly inputs: number;
  /** Channels between over those that it reads. */
  readonly expansion: 1 | 6;
  readonly channels: number;
  readonly stride: 1 | 2;
  /** Whether its input is added. */
  readonly residual: boolean;
}

/** An inverted residual block, whose sum has no activation. */
function bottleneck(spec: BottleneckSpec): readonly BlueprintNode[] {
  const { id, input, inputs, expansion, channels, stride, residual } = spec;
  const [wide, between, narrow] = [`${id}/expand`, `${id}/depthwise`, `${id}/project`] as const;
  const expands = expansion > 1;
  const projection = { norm: true };
  return [
    ...expands ? [conv({ id: wide, input, channels: expansion * inputs, kernel: 1, ...unit })] : [],
    depthwise({ id: between, input: expands ? wide : input, stride, activation: "relu6" }),
    conv({ id: narrow, input: between, channels, kernel: 1, norm: DEFAULT_NORM }),
    ...residual
      ? [{ id: `${id}/add`, op: "add", inputs: [narrow, input], projection } as const]
      : [],
  ];
}

/**
 * MobileNetV2 (Sandler et al., CVPR 2018), as torchvision has it: inverted residuals with ReLU6, a
 * 1×1 convolution to 1280 channels (not fewer where `width` is below 1), dropout 0.2. For CIFAR the stem
 * and the first strided stage have stride 1.
 *
 * Nodes: `stem`, `stage1/block0/expand`, `depthwise`, `project`, `add`, `head`, `pool`, `dropout`,
 * `classifier`. Blocks of one width are a stage; sums inside of it tie or project its widths.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { mobilenetV2 } from "@espalier/networks";
 *
 * const network = mobilenetV2({ classes: 10 });
 * assertEquals(network.stages.map(({ blocks }) => blocks.length), [2, 3, 4, 3, 3]);
 * ```
 *
 * @param options Classes, width multiplier, family and size.
 * @returns The blueprint.
 * @throws {EspalierError} ERR_CONFIG_INVALID if an option is unknown or not valid.
 */
export function mobilenetV2(options: MobilenetOptions): Blueprint {
  const { name, classes, family, size, width } = resolveMobilenet(options, "V2");
  const stem = { id: "stem", input: "input", channels: scaled(32, width), kernel: 3, ...unit };
  const early = family === "cifar" ? 1 : 2;
  const nodes: BlueprintNode[] = [images(size), conv({ ...stem, stride: early })];
  const stages: Stage[] = [];
  let read = stem.channels;
  for (const [s, [expansion, published, count, strides]] of STAGES.entries()) {
    const channels = scaled(published, width);
    const row = rowOfBlocks({
      id: `stage${s}`,
      input: nodes.at(-1)!.id,
      count,
      block({ id, input, first }) {
        const inputs = first ? read : channels;
        const stride = !first ? 1 : s === 1 ? early : strides;
        const residual = stride === 1 && inputs === channels;
        return bottleneck({ id, input, inputs, expansion, channels, stride, residual });
      },
    });
    nodes.push(...row.nodes);
    stages.push(...row.stages);
    read = channels;
  }
  const last = scaled(1280, Math.max(1, width));
  nodes.push(
    conv({ id: "head", input: nodes.at(-1)!.id, channels: last, kernel: 1, ...unit }),
    { id: "pool", op: "global-pool", inputs: ["head"] },
    { id: "dropout", op: "dropout", inputs: ["pool"], rate: 0.2 },
  );
  return classified({ name, nodes, stages, classes });
}
