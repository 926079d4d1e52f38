import { DEFAULT_NORM, validateBlueprint } from "@espalier/blueprint";
import type { Activation, Block, Blueprint, BlueprintNode, NodeId, Stage } from "@espalier/core";

/** A norm and ReLU behind a convolution. */
export const UNIT = { norm: DEFAULT_NORM, activation: "relu" } as const;

/** Square RGB images. */
export function images(size: number): BlueprintNode {
  return { id: "input", op: "input", inputs: [], shape: [size, size, 3] };
}

/** Where a node stands. */
export interface Place {
  /** Its name. */
  readonly id: NodeId;
  /** What it reads. */
  readonly input: NodeId;
}

/** Windows of stride 2; of 2×2, or of 3×3 padded by 1. */
export function pool(
  { id, input, by, size = 2 }: Place & {
    readonly by: "max" | "average";
    readonly size?: 2 | 3;
  },
): BlueprintNode {
  const [strides, around] = [[2, 2], size - 2] as const;
  const padding = [around, around, around, around] as const;
  return { id, op: "pool", inputs: [input], pool: by, size: [size, size], strides, padding };
}

/** A 3×3 depthwise convolution with norm and activation, without bias. */
export function depthwise(
  { id, input, stride, activation }: Place & {
    readonly stride: number;
    readonly activation: Activation;
  },
): BlueprintNode {
  return {
    id,
    op: "depthwise-conv",
    inputs: [input],
    kernel: [3, 3],
    strides: [stride, stride],
    padding: [1, 1, 1, 1],
    dilation: [1, 1],
    bias: false,
    norm: DEFAULT_NORM,
    activation,
  };
}

/** Blocks of one width in a row. */
export interface RowOfBlocks extends Place {
  /** How many. */
  readonly count: number;
  /** Nodes of a block, its output last; `first` where it may change the width and the size. */
  readonly block: (place: Place & { readonly first: boolean }) => readonly BlueprintNode[];
}

/** Blocks that read one another: their nodes, and a stage if there is something to cut. */
export function rowOfBlocks(
  { id, input, count, block }: RowOfBlocks,
): { readonly nodes: readonly BlueprintNode[]; readonly stages: readonly Stage[] } {
  const nodes: BlueprintNode[] = [];
  const blocks = Array.from({ length: count }, (_, b): Block => {
    const place = { id: `${id}/block${b}`, input: nodes.at(-1)?.id ?? input };
    const own = block({ ...place, first: b === 0 });
    nodes.push(...own);
    return { id: place.id, nodes: own.map((node) => node.id), output: own.at(-1)!.id };
  });
  return { nodes, stages: count > 1 ? [{ id, blocks }] : [] };
}

/** The network with a classifier behind its last node; refuses images that are too small for it. */
export function classified(
  { name, nodes, stages, classes }: Omit<Blueprint, "output"> & { readonly classes: number },
): Blueprint {
  const id = "classifier";
  const classifier: BlueprintNode = {
    id,
    op: "dense",
    inputs: [nodes.at(-1)!.id],
    channels: classes,
    bias: true,
  };
  const network = { name, nodes: [...nodes, classifier], stages, output: id };
  validateBlueprint(network);
  return network;
}
