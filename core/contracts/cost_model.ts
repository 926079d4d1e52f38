import { createManyToken, type ManyToken } from "../plugin/token.ts";
import type { BlueprintNode } from "./blueprint.ts";
import { methodFlaw, nameFlaw } from "./flaws.ts";

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
  /** The node. During a search its own width may differ from `output.channels`, which counts. */
  readonly node: BlueprintNode;
  /** Shape of its input. */
  readonly input: Shape;
  /** Shape of its output. */
  readonly output: Shape;
}

/**
 * Cost of running a node. `costOf` sums it over a network; `expectedCost` takes its expectation over
 * candidate widths, differentiably. The function need not be linear: a measured table will do.
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
  { members: { name: nameFlaw, unit: nameFlaw, cost: methodFlaw } },
);
