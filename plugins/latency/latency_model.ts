import { type CostModel, EspalierError } from "@espalier/core";
import { timeOf } from "./interpolate.ts";
import type { LatencyTable, LatencyUnit } from "./table.ts";
import { areaOf, isFree, unitKind } from "./units.ts";

/**
 * A cost model of measured times: those of the nodes, interpolated, and what a pass takes beside them.
 *
 * @param table Times on one engine of one device.
 * @returns The model `latency`, in milliseconds. It throws ERR_COST_INVALID for a kind of unit that the
 * table lacks.
 */
export function latencyModel({ base, scale, units }: LatencyTable): CostModel {
  const kinds = Map.groupBy(units, ({ kind }: LatencyUnit) => kind);
  return {
    name: "latency",
    unit: "milliseconds",
    base: base * scale,
    cost({ node, input, output }) {
      if (isFree(node)) return 0;
      const kind = unitKind(node), measured = kinds.get(kind);
      if (measured === undefined) {
        throw new EspalierError(
          "ERR_COST_INVALID",
          `Cannot tell the latency of "${node.id}" as its table has no unit of its kind: "${kind}". ` +
            "Measure the network by measureLatency().",
        );
      }
      const place = { input: input.channels, output: output.channels, area: areaOf(input) };
      return scale * timeOf(measured, place);
    },
  };
}
