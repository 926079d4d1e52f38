import { conv, DEFAULT_NORM, inferShapes } from "@espalier/blueprint";
import {
  type Blueprint,
  type BlueprintNode,
  EspalierError,
  type InputNode,
  type Shape,
} from "@espalier/core";

/** A unit at some widths: the same small network with it and without it. */
export interface Hosts {
  /** The network that holds the unit. */
  readonly with: Blueprint;
  /** The same without it. */
  readonly without: Blueprint;
}

/** Classes of a small network. */
const CLASSES = 10;

function small(size: Omit<Shape, "channels">, channels: number, nodes: BlueprintNode[]): Blueprint {
  const x: InputNode = {
    ...{ id: "x", op: "input", inputs: [] },
    shape: [size.height, size.width, channels],
  };
  const before = nodes.at(-1)?.id ?? x.id;
  const pooled = nodes.some(({ op }) => op === "global-pool");
  const pool: BlueprintNode = { id: "pool", op: "global-pool", inputs: [before] };
  return {
    name: "unit",
    nodes: [
      ...[x, ...nodes],
      ...pooled ? [] : [pool],
      {
        ...{ id: "classifier", op: "dense", bias: true, channels: CLASSES },
        inputs: [pooled ? before : pool.id],
      },
    ],
    stages: [],
    output: "classifier",
  };
}

/** What a pass takes beside its units. */
export const emptyHost = (): Blueprint => small({ height: 1, width: 1 }, 8, []);

/** How many channels a node makes of so many, where none of its own says so. */
export function followingWidth(node: BlueprintNode, input: number): number | undefined {
  if ("channels" in node) return undefined;
  if (node.op === "depthwise-conv") return input * (node.multiplier ?? 1);
  return node.op === "concat" ? 2 * input : input;
}

/**
 * Small networks that differ by a unit. A 1×1 convolution with a norm comes before it, so that what
 * engines run together with the layer before is run so here too.
 *
 * @param node The node.
 * @param at Size of what enters, and channels that enter and leave.
 * @returns Both networks.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an operation that stands in no small network.
 */
export function hostsOf(
  node: BlueprintNode,
  { size, input, output }: {
    readonly size: Omit<Shape, "channels">;
    readonly input: number;
    readonly output: number;
  },
): Hosts {
  const joins = node.op === "add" || node.op === "merge" || node.op === "concat";
  const before = conv({
    ...{ id: "before", input: "x", channels: input, kernel: 1, norm: DEFAULT_NORM },
    ...!joins && { activation: "relu" },
  });
  const { origin: _, source: __, sharesWeightsOf: ___, ...plain } = node;
  const unit = (inputs: readonly string[]) =>
    ({
      ...plain,
      id: "unit",
      inputs,
      ..."channels" in node && { channels: output },
    }) as BlueprintNode;
  if (node.op === "global-pool") {
    const one = { height: 1, width: 1 };
    return { with: small(size, input, [unit(["x"])]), without: small(one, input, [unit(["x"])]) };
  }
  if (node.op === "dense" && size.height * size.width === 1 && node.activation === undefined) {
    // Executors end with a pool and a dense layer.
    const ending = small(size, input, []);
    const nodes = ending.nodes.map((one) =>
      one.op === "dense" ? { ...one, channels: output } : one
    );
    return { with: { ...ending, nodes }, without: emptyHost() };
  }
  if (node.op === "dense" && size.height * size.width === 1) {
    const pool: BlueprintNode = { id: "pool", op: "global-pool", inputs: ["before"] };
    return checked(node, {
      with: small(size, input, [before, pool, unit(["pool"])]),
      without: small(size, input, [before, pool]),
    });
  }
  return checked(node, {
    with: small(size, input, [before, unit(joins ? ["before", "x"] : ["before"])]),
    without: small(size, input, [before]),
  });
}

function checked({ id, op }: BlueprintNode, hosts: Hosts): Hosts {
  try {
    inferShapes(hosts.with);
    return hosts;
  } catch (cause) {
    throw new EspalierError(
      "ERR_CONFIG_INVALID",
      `Cannot measure the latency of "${id}" as "${op}" cannot be run alone. Use another cost.`,
      { cause },
    );
  }
}
