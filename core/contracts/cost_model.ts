import { createManyToken, type ManyToken } from "../plugin/token.ts";
import type { BlueprintNode } from "./blueprint.ts";
import { methodFlaw, nameFlaw, numberFlaw } from "./flaws.ts";

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
  /**
   * Cost of any network beside its nodes, ≥ 0, as what a pass takes to begin.
   *
   * @default {0}
   */
  readonly base?: number;
  /** Cost of one node for one image, ≥ 0. */
  cost(node: CostNode): number;
}

const baseFlaw = (base: number | undefined) => base === undefined ? base : numberFlaw(base, 0);

/** Token of the {@linkcode CostModel}s of a run. */
export const CostModelToken: ManyToken<CostModel> = createManyToken<CostModel>(
  "@espalier/core/CostModel",
  { members: { name: nameFlaw, unit: nameFlaw, cost: methodFlaw, base: baseFlaw } },
);

/** A node of a network in the order of execution. */
export interface PlacedNode {
  /** The node. During a search its own width may differ from `output.channels`, which counts. */
  readonly node: BlueprintNode;
  /** Positions of the nodes whose values enter, each before this one. */
  readonly inputs: readonly number[];
  /** Shape of its output. */
  readonly output: Shape;
}

/** The nodes of a network that lead to its outputs, inputs included. */
export interface PlacedNetwork {
  /** In the order of execution. */
  readonly nodes: readonly PlacedNode[];
  /** Positions of the outputs. */
  readonly outputs: readonly number[];
}

/**
 * Cost of a whole network that is no sum over its nodes, as peak memory. It may be a limit of a budget,
 * not its target: no expectation of it can be taken node by node.
 */
export interface NetworkCostModel {
  /** Name by which a budget asks for it, as in `peakMemory`. */
  readonly name: string;
  /** Unit of the numbers, as in `bytes`. */
  readonly unit: string;
  /** Cost of the network for one image, ≥ 0. */
  networkCost(network: PlacedNetwork): number;
}

/** Token of the {@linkcode NetworkCostModel}s of a run. */
export const NetworkCostModelToken: ManyToken<NetworkCostModel> = createManyToken<NetworkCostModel>(
  "@espalier/core/NetworkCostModel",
  { members: { name: nameFlaw, unit: nameFlaw, networkCost: methodFlaw } },
);
