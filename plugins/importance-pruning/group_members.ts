import { channelSources, layerOf, ownWeightsOf, sliceOf } from "@espalier/blueprint";
import type {
  Blueprint,
  BlueprintNode,
  Decision,
  DecisionId,
  HostTensor,
  MemberRole,
  NodeId,
} from "@espalier/core";

/** Where an array of a layer holds a group's channels. */
export interface MemberPlace {
  /** The decision about the group. */
  readonly group: DecisionId;
  /** The layer. */
  readonly node: BlueprintNode;
  /** What it is to the group. */
  readonly role: MemberRole;
  /** Name of the array, as in `stem/kernel`. */
  readonly array: string;
  /** Its axis of channels. */
  readonly axis: number;
  /** Indices on that axis, by channel of the group: of a flattened image, one a position. */
  readonly channels: readonly (readonly number[])[];
}

type Place = Omit<MemberPlace, "group" | "channels">;

function placesOf(node: BlueprintNode): (Place & { readonly value: NodeId })[] {
  return ownWeightsOf(node).flatMap(({ name, role: of, axes }) =>
    axes.flatMap((channels, axis) => {
      const isKernel = of === "kernel" || of === "dense";
      if (typeof channels === "number" || !(isKernel || of === "gamma")) return [];
      const role = !isKernel ? "scale" : channels === "in" ? "reader" : "filter";
      const value = channels === "in" ? node.inputs[0]! : node.id;
      return [{ node, role, array: `${node.id}/${name}`, axis, value }];
    })
  );
}

/**
 * All arrays that hold channels of a group: filters of the layers that are decided together, scales of
 * norms behind them, kernels of the layers that read them.
 *
 * @param blueprint The unpruned network.
 * @param decisions What there is to decide.
 * @returns Members by decision about channels, in the order of the network.
 */
export function groupMembers(
  blueprint: Blueprint,
  decisions: readonly Decision[],
): ReadonlyMap<DecisionId, readonly MemberPlace[]> {
  const { makers, values } = channelSources(blueprint);
  const owners = new Map<number, Owner>();
  const members = new Map<DecisionId, MemberPlace[]>();
  const firsts = new Map(makers.map((maker, number) => [maker, number] as const).reverse());
  for (const { id, effect } of decisions) {
    if (effect.kind !== "channels") continue;
    members.set(id, []);
    for (const some of effect.nodes) {
      const layer = layerOf(some), first = firsts.get(layer)!;
      const { from, count } = sliceOf(some, values.get(layer)!.length);
      for (let k = 0; k < count; k++) {
        owners.set(first + from + k, { group: id, channel: k, count });
      }
    }
  }
  for (const { value, ...place } of blueprint.nodes.flatMap(placesOf)) {
    for (const [group, channels] of indicesOf(values.get(value)!, owners)) {
      members.get(group)!.push({ ...place, group, channels });
    }
  }
  return members;
}

/** The group of a made channel, and which of its channels that is. */
interface Owner {
  readonly group: DecisionId;
  readonly channel: number;
  readonly count: number;
}

/** Where a value has the channels of each group; a flattened one has them once a position. */
function indicesOf(
  made: readonly number[],
  owners: ReadonlyMap<number, Owner>,
): ReadonlyMap<DecisionId, readonly (readonly number[])[]> {
  const found = new Map<DecisionId, number[][]>();
  made.forEach((number, index) => {
    const owner = owners.get(number);
    if (owner === undefined) return;
    const indices = found.get(owner.group) ?? Array.from({ length: owner.count }, () => []);
    indices[owner.channel]!.push(index);
    found.set(owner.group, indices);
  });
  return found;
}

/**
 * What an array holds of each channel.
 *
 * @param tensor The array.
 * @param place Its axis, and the indices of each channel on it.
 * @returns One array a channel, row-major.
 */
export function rowsOf(
  { shape, values }: HostTensor,
  { axis, channels }: Pick<MemberPlace, "axis" | "channels">,
): Float32Array[] {
  const size = shape[axis]!;
  const stride = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const blocks = values.length / (size * stride);
  return channels.map((indices) => {
    const row = new Float32Array(blocks * indices.length * stride);
    let next = 0;
    for (let block = 0; block < blocks; block++) {
      for (const index of indices) {
        const from = (block * size + index) * stride;
        for (let i = 0; i < stride; i++) row[next++] = values[from + i]!;
      }
    }
    return row;
  });
}
