import type { Value } from "@espalier/blueprint";
import type { BlueprintNode, NodeId } from "@espalier/core";
import type { Writer } from "../clean.ts";
import type { Json } from "../json.ts";

type Own<N> = N extends BlueprintNode ? Omit<N, "id" | "origin" | "source"> : never;

/** A node without what the builder gives it. */
export type NewNode = Own<BlueprintNode>;

/** What a node has besides its fields. */
export interface NodeOptions {
  /** Its part in a layer of several nodes; absent in the one that has the layer's name. */
  readonly part?: string;
  /** The author's names for its weights, by ours; any of several, or the place in the layer's list. */
  readonly weights?: Readonly<Record<string, string | readonly string[] | number>>;
}

/** One call of a layer while it becomes nodes. */
export interface LayerBuild {
  /** Class of the layer. */
  readonly className: string;
  /** Its settings. */
  readonly config: Json;
  /** Who wrote it. */
  readonly writer: Writer;
  /** The nodes that it reads. */
  readonly inputs: readonly NodeId[];
  /** Shape and rank of a node's value. */
  valueOf(node: NodeId): Value;
  /** Numbers of one of the layer's weights that becomes a setting; undefined if there is none. */
  numbersOf(name: string): readonly number[] | undefined;
  /** Add a node. */
  add(node: NewNode, options?: NodeOptions): NodeId;
  /** Say that the layer does nothing in a model that serves. */
  skip(): NodeId;
  /** Refuse the layer: what it has, and what to do. */
  refuse(state: string, advice: string): never;
}

/** Makes nodes of a layer; gives the last one. */
export type Convert = (build: LayerBuild) => NodeId;
