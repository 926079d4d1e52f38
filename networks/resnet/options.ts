import { checkOptions, type OptionFields } from "@espalier/core";
import * as z from "zod";
import { refuseDepth } from "../shared/depths.ts";

/** Two 3×3 convolutions, or 1×1, 3×3 and a 1×1 convolution four times as wide. */
export type ResnetBlock = "basic" | "bottleneck";

/** What `resnet` takes. */
export interface ResnetOptions {
  /** Layers with weights along the main branch: 20, 32, 56, 110, 164 …; ImageNet: 18, 34, 50 …. */
  readonly depth: number;
  /** Number of classes. */
  readonly classes: number;
  /**
   * Architecture for CIFAR images or for ImageNet.
   *
   * @default {"cifar"}
   */
  readonly family?: "cifar" | "imagenet";
  /**
   * Kind of block.
   *
   * @default {the one that has the depth; where both have it, bottleneck from 164 on}
   */
  readonly block?: ResnetBlock;
  /**
   * Height and width of the images.
   *
   * @default {32 for CIFAR, 224 for ImageNet}
   */
  readonly size?: number;
  /**
   * Whether the first shortcut of a CIFAR bottleneck has a norm. The authors' unpruned network has
   * it, the networks that they derive do not.
   *
   * @default {false}
   */
  readonly projectionNorm?: boolean;
}

const count = z.int().min(1);

/** Schema of {@linkcode ResnetOptions}. */
export const resnetSchema: z.ZodType = z.strictObject(
  {
    // Which depths there are is another question, with an answer of its own.
    depth: z.number(),
    classes: count,
    family: z.enum(["cifar", "imagenet"]).optional(),
    block: z.enum(["basic", "bottleneck"]).optional(),
    size: count.optional(),
    projectionNorm: z.boolean().optional(),
  } satisfies OptionFields<ResnetOptions>,
);

/** {@linkcode ResnetOptions} with defaults filled in. */
export interface ResolvedResnet extends Required<ResnetOptions> {
  /** Name of the blueprint. */
  readonly name: string;
  /** Blocks of each stage. */
  readonly blocks: readonly number[];
  /** Channels of the first stage's 3×3 convolutions. */
  readonly width: number;
  /** Width of a block's output over that of its 3×3 convolution. */
  readonly expansion: 1 | 4;
}

const IMAGENET: Readonly<Record<number, readonly [ResnetBlock, readonly number[]]>> = {
  18: ["basic", [2, 2, 2, 2]],
  34: ["basic", [3, 4, 6, 3]],
  50: ["bottleneck", [3, 4, 6, 3]],
  101: ["bottleneck", [3, 4, 23, 3]],
  152: ["bottleneck", [3, 8, 36, 3]],
};

const LAYERS_PER_ROUND = { basic: 6, bottleneck: 9 } as const;
const BLOCKS: readonly ResnetBlock[] = ["basic", "bottleneck"];

function hasDepth(block: ResnetBlock, depth: number): boolean {
  const rounds = (depth - 2) / LAYERS_PER_ROUND[block];
  return Number.isInteger(rounds) && rounds >= 1;
}

function cifarBlock(depth: number): ResnetBlock | undefined {
  const [first, second] = BLOCKS.filter((block) => hasDepth(block, depth));
  // The literature builds 20, 56 and 110 of basic blocks, 164 of bottlenecks.
  return second !== undefined && depth >= 164 ? second : first;
}

function refuse(options: ResnetOptions, isValid: (depth: number) => boolean): never {
  const { depth, family = "cifar", block } = options;
  const network = `a ${family === "cifar" ? "CIFAR" : "ImageNet"} ResNet${
    block === undefined ? "" : ` of ${block} blocks`
  }`;
  const other = family === "cifar" && depth in IMAGENET && "imagenet";
  refuseDepth({ network, depth, isValid, other });
}

function layout(options: ResnetOptions): readonly [ResnetBlock, readonly number[]] {
  const { depth, family = "cifar", block } = options;
  if (family === "imagenet") {
    const isValid = (n: number) =>
      IMAGENET[n] !== undefined && (block === undefined || IMAGENET[n][0] === block);
    return isValid(depth) ? IMAGENET[depth]! : refuse(options, isValid);
  }
  const isValid = (n: number) =>
    block === undefined ? cifarBlock(n) !== undefined : hasDepth(block, n);
  if (!isValid(depth)) refuse(options, isValid);
  const kind = block ?? cifarBlock(depth)!;
  const rounds = (depth - 2) / LAYERS_PER_ROUND[kind];
  return [kind, [rounds, rounds, rounds]];
}

/** Fill in what was left out; throws ERR_NETWORK_DEPTH and ERR_CONFIG_INVALID. */
export function resolveResnet(options: ResnetOptions): ResolvedResnet {
  checkOptions(resnetSchema, options, { subject: "resnet()" });
  const { depth, classes, family = "cifar", projectionNorm = false } = options;
  const { size = family === "cifar" ? 32 : 224 } = options;
  const [block, blocks] = layout(options);
  const other = family === "cifar" && block !== cifarBlock(depth) ? `-${block}` : "";
  return {
    name: `resnet${depth}${other}${family === "imagenet" ? "-imagenet" : ""}`,
    depth,
    classes,
    family,
    block,
    size,
    projectionNorm,
    blocks,
    width: family === "cifar" ? 16 : 64,
    expansion: block === "basic" ? 1 : 4,
  };
}
