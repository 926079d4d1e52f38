import { createManyToken, type ManyToken } from "../plugin/token.ts";
import type { BlueprintNode } from "./blueprint.ts";

/** Height, width and channels of a value; features of a vector are channels of a 1×1 image. */
export interface Shape {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Channels. */
  readonly channels: number;
}

/** One node as a cost model sees it. */
export interface CostNode {
  /** The node; its own width may differ from `output.channels` while a search asks "what if". */
  readonly node: BlueprintNode;
  /** What enters it. */
  readonly input: Shape;
  /** What leaves it. */
  readonly output: Shape;
}

/**
 * What running a node costs. Core walks the graph, sums, and takes the expectation over candidate
 * widths, differentiably: the function need not be linear, a measured table will do.
 */
export interface CostModel {
  /** Name by which a budget asks for it, as in `macs`. */
  readonly name: string;
  /** Unit of the numbers, as in `multiply-adds`. */
  readonly unit: string;
  /** Cost of one node for one image, ≥ 0. */
  cost(node: CostNode): number;
}

/** Token of the {@linkcode CostModel}s of a run. */
export const CostModelToken: ManyToken<CostModel> = createManyToken<CostModel>(
  "@espalier/core/CostModel",
);
