import {
  type AnyPlugin,
  definePlugin,
  EspalierError,
  type Json,
  type Objective,
  ObjectiveToken,
  type Plugin,
  type ServiceFactory,
} from "@espalier/core";
import * as z from "zod";
import { createByOutput } from "./by_output.ts";

/** Options of {@linkcode byOutput}. */
export interface ByOutputOptions {
  /**
   * Factors of the losses, by output; kd weighs by them too.
   *
   * @default 1 each
   */
  readonly weights?: Readonly<Record<string, number>> | undefined;
}

const name = "by-output";

function refuse(rule: string, found: string): never {
  throw new EspalierError(
    "ERR_PLUGIN_OPTIONS",
    `Cannot learn by several outputs as ${rule}: ${found}. ` +
      "Write byOutput({ kind: classification(), box: regression() }).",
    { plugin: name },
  );
}

/** The objective that a plugin registers. */
function factoryOf(plugin: AnyPlugin): ServiceFactory<Objective> {
  let found: ServiceFactory<Objective> | undefined;
  plugin.setup({
    provide: (token, factory) => {
      if (token.key === ObjectiveToken.key) found = factory as unknown as typeof found;
    },
    emit: () => {},
  });
  return found!;
}

function check(objectives: Readonly<Record<string, AnyPlugin>>, weights: object): void {
  const outputs = Object.keys(Object(objectives));
  if (outputs.length === 0) refuse("every output needs an objective", "there is none");
  for (const output of outputs) {
    const { provides } = Object(objectives[output]) as Partial<AnyPlugin>;
    if (provides?.some(({ key }) => key === ObjectiveToken.key)) continue;
    refuse("every output needs an objective", `"${output}" has none`);
  }
  const unknown = Object.keys(weights).find((output) => !outputs.includes(output));
  if (unknown !== undefined) refuse("weights are of its outputs", `"${unknown}" is none`);
}

/**
 * Plugin that provides an `Objective` for networks of several outputs: one of each output, and the
 * weighted sum of their losses. The data say what each output learns by labels of the kind `by-output`.
 *
 * @param objectives Plugins of objectives, by the name of the output in the exported model. The first
 * metric of the first one leads.
 * @param options Factors of the losses.
 * @returns The plugin.
 * @throws {EspalierError} ERR_PLUGIN_OPTIONS for an output without an objective, or a weight of none.
 */
export function byOutput(
  objectives: Readonly<Record<string, AnyPlugin>>,
  options: ByOutputOptions = {},
): Plugin {
  check(objectives, options.weights ?? {});
  const plugins = Object.values(objectives);
  const parts = Object.entries(objectives).map(([output, { name, version, options }]) =>
    [output, { name, version, options }] as const
  );
  return definePlugin({
    name,
    version: "1",
    provides: [ObjectiveToken],
    requires: plugins.flatMap(({ requires }) => requires),
    uses: plugins.flatMap(({ uses }) => uses),
    options: z.strictObject({
      objectives: z.custom<Json>(),
      weights: z.record(z.string(), z.number().min(0)).default({}),
    }),
    setup(context, { weights }) {
      const factories = Object.entries(objectives).map(([output, plugin]) =>
        [output, factoryOf(plugin)] as const
      );
      context.provide(ObjectiveToken, (services) =>
        createByOutput(
          Object.fromEntries(factories.map(([output, make]) => [output, make(services)])),
          weights,
        ));
    },
    // In their order, which says what leads: keys of objects are sorted in content keys.
  })({ objectives: parts as unknown as Json, weights: options.weights });
}
