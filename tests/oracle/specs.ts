import { inferShapes } from "@espalier/blueprint";
import type { Blueprint } from "@espalier/core";
import type { ResnetOptions, ResnetShape } from "@espalier/networks";

/** A network as the fixtures describe it. */
export interface Described {
  readonly block: "basic" | "bottleneck";
  readonly stageBlocks: readonly number[];
  readonly classes: number;
  readonly size: number;
  readonly depth?: number;
  readonly family?: "cifar" | "imagenet";
}

/** Options of `resnet` for a fixture's network. The depth counts the weighted layers but shortcuts. */
export function resnetOptions(described: Described): ResnetOptions {
  const { block, stageBlocks, classes, size, family = "cifar" } = described;
  const perBlock = block === "basic" ? 2 : 3;
  const depth = described.depth ?? stageBlocks.reduce((sum, n) => sum + n * perBlock, 2);
  return { depth, classes, block, family, size };
}

/** A shape of a built network: the bottleneck's first projection has no norm there. */
export function shapeOfSpec(
  described: Described,
  { widths, depths }: Pick<ResnetShape, "widths" | "depths">,
): ResnetShape {
  return { network: { ...resnetOptions(described), projectionNorm: false }, widths, depths };
}

/** Convolutions in order, with channels in and out, norm, kernel and output size. */
export function convolutionsOf(
  blueprint: Blueprint,
): { name: string; input: number; output: number; norm: number; kernel: number; size: number }[] {
  const shapes = inferShapes(blueprint);
  return blueprint.nodes.flatMap((node) =>
    node.op === "conv"
      ? [{
        name: node.id,
        input: shapes.get(node.inputs[0]!)!.channels,
        output: node.channels,
        norm: node.norm === undefined ? 0 : 1,
        kernel: node.kernel[0],
        size: shapes.get(node.id)!.height,
      }]
      : []
  );
}
