import { isMaker } from "@espalier/blueprint";
import type { Blueprint, NodeId } from "@espalier/core";

/** Width of one layer before and after pruning. */
export interface LayerWidth {
  /** The layer. */
  readonly node: NodeId;
  /** Its stage; its own name if it is in none; empty in a network without stages. */
  readonly stage: string;
  /** Name within the stage, as in `0 a`; empty outside; the layer's in a network without stages. */
  readonly label: string;
  /** Channels before pruning. */
  readonly full: number;
  /** Channels of the pruned network, more than `full` where it grew; 0 if its block was removed. */
  readonly kept: number;
}

/** Convolutions of shortcuts: what feeds the second input of a sum within its own block. */
function shortcuts(blueprint: Blueprint): ReadonlySet<NodeId> {
  const nodes = new Map(blueprint.nodes.map((node) => [node.id, node]));
  const blocks = blueprint.stages.flatMap(({ blocks }) => blocks);
  return new Set(blocks.flatMap(({ nodes: ids }) => {
    const sums = ids.map((id) => nodes.get(id)).filter((node) => node?.op === "add");
    return sums.map((sum) => sum!.inputs[1]!).filter((side) => ids.includes(side));
  }));
}

/** Names of layers without the models that they are nested in, where no two are alike. */
function shortNames(ids: readonly NodeId[]): ReadonlyMap<NodeId, string> {
  const short = ids.map((id) => id.slice(id.lastIndexOf("/") + 1));
  const isAlone = (name: string) => short.indexOf(name) === short.lastIndexOf(name);
  return new Map(ids.map((id, i) => [id, isAlone(short[i]!) ? short[i]! : id]));
}

/**
 * Channels that a pruned network has in each layer along the main branch, shortcuts and the output
 * left out.
 *
 * @param blueprint The unpruned network.
 * @param pruned The network derived from it.
 * @returns One entry per layer, in the order of the network.
 */
export function layerWidths(blueprint: Blueprint, pruned: Blueprint): readonly LayerWidth[] {
  const left = new Map(pruned.nodes.filter(isMaker).map(({ id, channels }) => [id, channels]));
  const sides = shortcuts(blueprint);
  const places = new Map(
    blueprint.stages.flatMap(({ id: stage, blocks }) =>
      blocks.flatMap(({ id, nodes }, index) =>
        nodes.map((node) => {
          const name = node.startsWith(`${id}/`) ? node.slice(id.length + 1) : node;
          return [node, { stage, label: `${index} ${name.replace(/^conv_/, "")}` }] as const;
        })
      )
    ),
  );
  const shown = blueprint.nodes.filter(isMaker)
    .filter(({ id }) => !sides.has(id) && id !== blueprint.output);
  const names = shortNames(shown.map(({ id }) => id));
  const placeOf = (id: NodeId) =>
    blueprint.stages.length === 0
      ? { stage: "", label: names.get(id)! }
      : places.get(id) ?? { stage: id, label: "" };
  return shown.map((node) => ({
    node: node.id,
    ...placeOf(node.id),
    full: node.channels,
    kept: left.get(node.id) ?? 0,
  }));
}
