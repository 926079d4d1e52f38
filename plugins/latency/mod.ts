/**
 * Cost by measured times: a table of units on an engine of a device, and the cost model `latency` that
 * interpolates it.
 *
 * @module
 */
import { CostModelToken, definePlugin, EspalierError, type PluginFactory } from "@espalier/core";
import { latencyModel } from "./latency_model.ts";
import { type LatencyOptions, latencyOptionsSchema } from "./options.ts";
import type { LatencyTable } from "./table.ts";

export { measureLatency, type MeasureLatencyOptions } from "./measure_latency.ts";
export { latencyModel, type LatencyOptions };
export {
  type LatencyTable,
  type LatencyTables,
  latencyTablesSchema,
  type LatencyUnit,
} from "./table.ts";

function named(kind: string, names: readonly string[], asked: string | undefined): string {
  const name = asked ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined && names.includes(name)) return name;
  throw new EspalierError(
    "ERR_PLUGIN_OPTIONS",
    `Cannot use the latency tables as they have ` +
      `${asked === undefined ? `several: name one ${kind}` : `no ${kind} "${asked}"`}. ` +
      `There are: ${names.map((one) => `"${one}"`).join(", ") || "none"}.`,
    { plugin: "latency" },
  );
}

function tableOf({ tables, engine, device }: LatencyOptions): LatencyTable {
  const devices = tables[named("engine", Object.keys(tables), engine)]!;
  return devices[named("device", Object.keys(devices), device)]!;
}

/**
 * Plugin that provides the cost model `latency`: milliseconds of an image, alone, on one engine of one
 * device, as a sum of measured units.
 *
 * Source: Cai, Zhu and Han, "ProxylessNAS: Direct Neural Architecture Search on Target Task and
 * Hardware", ICLR 2019, section 3.3 (latencies of layers add up, and their expectation is
 * differentiable).
 */
export const latency: PluginFactory<LatencyOptions> = definePlugin<LatencyOptions, LatencyOptions>({
  name: "latency",
  version: "1",
  provides: [CostModelToken],
  options: latencyOptionsSchema,
  setup(context, options) {
    const table = tableOf(options);
    context.provide(CostModelToken, () => latencyModel(table));
  },
});
