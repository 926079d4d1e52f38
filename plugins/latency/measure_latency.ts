import { conv, costOf, DEFAULT_NORM, inferShapes, params } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, Shape } from "@espalier/core";
import { widthAxis } from "./axes.ts";
import { emptyHost, followingWidth, hostsOf } from "./hosts.ts";
import { latencyModel } from "./latency_model.ts";
import type { LatencyTable, LatencyUnit } from "./table.ts";
import { Stopwatch } from "./stopwatch.ts";
import { areaOf, isFree, unitKind } from "./units.ts";

/** What {@linkcode measureLatency} takes. */
export interface MeasureLatencyOptions {
  /** The unpruned network, whose units are measured at its widths and below. */
  readonly blueprint: Blueprint;
  /**
   * What is run: the compiled network, or the LayersModel that is exported.
   *
   * @default {"network"}
   */
  readonly runs?: LatencyTable["runs"] | undefined;
  /**
   * Rounds in which everything is passed; times are medians over them.
   *
   * @default {7}
   */
  readonly rounds?: number | undefined;
  /** Stops between passes. */
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of a weight. */
const BYTES = 4;
const WEIGHTS = { name: "params", unit: "parameters", cost: params };

/** A kind of unit at one size. */
interface Site {
  readonly node: BlueprintNode;
  readonly size: Omit<Shape, "channels">;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[] | undefined;
}

/** Nodes with what enters and leaves them, projections that a pruning could insert among them. */
function placedNodes(blueprint: Blueprint) {
  const shapes = inferShapes(blueprint);
  return blueprint.nodes.flatMap((node) => {
    const [input, side] = node.inputs.map((id) => shapes.get(id)!);
    if (input === undefined || isFree(node)) return [];
    const own = { node, input, output: shapes.get(node.id)! };
    if (node.op !== "add" || node.projection === undefined) return [own];
    const norm = node.projection.norm && { norm: DEFAULT_NORM };
    const { channels } = own.output;
    const projection = conv({ id: "projection", input: "x", channels, kernel: 1, ...norm });
    return [own, { node: projection, input: side!, output: own.output }];
  });
}

function sitesOf(blueprint: Blueprint): readonly Site[] {
  const groups = Map.groupBy(
    placedNodes(blueprint),
    ({ node, input }) => `${unitKind(node)} at ${input.height}×${input.width}`,
  );
  return [...groups.values()].map((group) => {
    const [{ node, input: size }] = group as [typeof group[0]];
    const follows = followingWidth(node, 1) !== undefined;
    return {
      node,
      size,
      inputs: widthAxis(group.map(({ input }) => input.channels)),
      outputs: follows ? undefined : widthAxis(group.map(({ output }) => output.channels)),
    };
  });
}

/**
 * Prepare the units of a network, and the whole of it.
 *
 * @param blueprint The network.
 * @param watch Where they are prepared.
 * @returns The table, once the watch has measured.
 */
export function prepareTable(blueprint: Blueprint, watch: Stopwatch): () => LatencyTable {
  const empty = emptyHost();
  const sites = sitesOf(blueprint).map(({ node, size, inputs, outputs }) => ({
    kind: unitKind(node),
    area: areaOf(size),
    inputs,
    outputs,
    hosts: inputs.map((input) =>
      (outputs ?? [followingWidth(node, input)!]).map((output) =>
        hostsOf(node, { size, input, output })
      )
    ),
  }));
  const pairs = sites.flatMap(({ hosts }) => hosts.flat());
  const displaced = BYTES * costOf(blueprint, WEIGHTS).total;
  const fused = watch.add(blueprint);
  for (const network of [empty, ...pairs.flatMap((pair) => [pair.with, pair.without])]) {
    watch.add(network, { displaced, fused });
  }
  return () => {
    const units = sites.map(({ hosts, outputs, ...unit }): LatencyUnit => ({
      ...unit,
      ...outputs && { outputs },
      ms: hosts.map((row) =>
        row.map((pair) => Math.max(0, watch.median(pair.with) - watch.median(pair.without)))
      ),
    }));
    const spread = watch.spread(blueprint);
    const table = { runs: watch.runs, base: watch.median(empty), scale: 1, spread, units };
    const sum = costOf(blueprint, latencyModel(table)).total;
    return { ...table, scale: watch.median(blueprint) / sum };
  };
}

/**
 * Measure the units of a network on the engine in use, one image at a time: each at several widths, as
 * the difference of two small networks that differ by it. Before a pass, as much memory is touched as the
 * whole network's weights take, so that caches are as the other layers would leave them. All networks are passed in turn, many rounds,
 * and the medians taken.
 *
 * @param options The network, what is run, rounds.
 * @returns A table for `latency()`, valid for this engine on this device.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an operation that cannot be measured alone.
 */
export async function measureLatency(
  { blueprint, runs = "network", rounds = 7, signal }: MeasureLatencyOptions,
): Promise<LatencyTable> {
  using watch = new Stopwatch(runs);
  const table = prepareTable(blueprint, watch);
  await watch.measure(rounds, signal);
  return table();
}
