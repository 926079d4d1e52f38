import type { LayerSource, NodeId } from "@espalier/core";
import type { FlatLayer, FlatModel } from "./flatten.ts";

/** Letters that an id may have, of a name that may have any. */
function clean(name: string): string {
  const letters = name.replace(/[^\w-]/g, "_");
  return /^[A-Za-z0-9]/.test(letters) ? letters : `n${letters}`;
}

/** Gives ids of nodes, each once. */
export function nodeIds(): (path: readonly string[], part: string | undefined) => NodeId {
  const taken = new Set<NodeId>();
  return (path, part) => {
    const wanted = path.map(clean).join("/") + (part === undefined ? "" : `_${part}`);
    let id = wanted;
    for (let n = 2; taken.has(id); n++) id = `${wanted}_${n}`;
    taken.add(id);
    return id;
  };
}

/**
 * Gives each layer a name of its own: the author's, if no other has it, else with its models'. A later
 * call of a layer without weights becomes a layer of its own, named as its node.
 */
export function sourceNames(
  { calls }: FlatModel,
): (layer: FlatLayer, part: string | undefined, again?: NodeId) => LayerSource {
  const layers = [...new Set(calls.map(({ layer }) => layer))];
  const counts = Map.groupBy(layers, ({ name }) => name);
  return ({ name, path }, part, again) => {
    const own = counts.get(name)!.length === 1 ? name : path.join("_");
    const layer = again?.replaceAll("/", "_") ?? (part === undefined ? own : `${own}.${part}`);
    const full = path.join("/");
    return { layer, ...(full !== layer && { path: full }) };
  };
}
