import type { z } from "zod";
import type { PluginEvent } from "../events.ts";
import { deepFreeze, type Json } from "../json.ts";
import { parseOptions, toJsonSchema } from "./options.ts";
import type { ServiceFactory } from "./scope.ts";
import type { Token } from "./token.ts";

/** What `setup` works with. It is called when a pruner is created, and once for every run. */
export interface PluginContext<E extends PluginEvent = never> {
  /**
   * Register a service; the token must be declared in `provides`. The factory may resolve what the
   * plugin declares in `requires`, `uses` and `provides`.
   */
  provide<T>(token: Token<T>, factory: ServiceFactory<T>): void;
  /** Publish an event of this plugin; its services call it, during a run. */
  emit(event: E): void;
}

/**
 * A configured plugin: a frozen object, ready for `createPruner`.
 *
 * @typeParam E The events that the plugin emits.
 */
export interface Plugin<E extends PluginEvent = never> {
  /** Unique name, used in errors, keys and event types. */
  readonly name: string;
  /** Changes when the plugin computes something else. */
  readonly version: string;
  /** Tokens that it provides. */
  readonly provides: readonly Token<unknown>[];
  /** Tokens that some installed plugin must provide. */
  readonly requires: readonly Token<unknown>[];
  /** Tokens that it resolves if they are provided. */
  readonly uses: readonly Token<unknown>[];
  /** Validated options, defaults filled in; JSON. */
  readonly options: Json;
  /**
   * Register services, for one run. A property: see `Phase.run`. The type refuses an asynchronous
   * function, which `void` alone would take.
   */
  readonly setup: (context: PluginContext<E>) => void | undefined;
}

/** What `definePlugin` takes. */
export interface PluginDefinition<Options, Input, E extends PluginEvent = never> {
  /** Unique name. */
  readonly name: string;
  /** Changes when the plugin computes something else. */
  readonly version: string;
  /** Tokens that it provides. */
  readonly provides: readonly Token<unknown>[];
  /** Tokens that some installed plugin must provide. Default: none. */
  readonly requires?: readonly Token<unknown>[];
  /** Tokens that it resolves if they are provided. Default: none. */
  readonly uses?: readonly Token<unknown>[];
  /** A `z.strictObject`. */
  readonly options: z.ZodType<Options, Input>;
  /** Register services only, synchronously: the work is done by them, during a run. */
  readonly setup: (context: PluginContext<E>, options: Options) => void | undefined;
}

/** Validates options at the user's call and returns a {@linkcode Plugin}. */
export interface PluginFactory<Input, E extends PluginEvent = never> {
  /** Configure the plugin. */
  (options?: Input): Plugin<E>;
  /** Unique name of the plugin. */
  readonly pluginName: string;
  /** JSON Schema (draft 2020-12) of the accepted options. */
  jsonSchema(): Record<string, unknown>;
}

/**
 * Define a plugin.
 *
 * @example A plugin that provides one service
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createToken, definePlugin } from "@espalier/core";
 * import { z } from "zod";
 *
 * const Greeting = createToken<string>("@acme/greeting");
 * const greet = definePlugin({
 *   name: "greet",
 *   version: "1",
 *   provides: [Greeting],
 *   options: z.strictObject({ who: z.string().default("world") }),
 *   setup(context, { who }) {
 *     context.provide(Greeting, () => `hello ${who}`);
 *   },
 * });
 * assertEquals(greet().options, { who: "world" });
 * ```
 *
 * @typeParam Options Options after validation.
 * @typeParam Input Options as the user writes them.
 * @typeParam E The events that the plugin emits; inferred where `setup` states its context's type,
 * `setup(context: PluginContext<MyEvent>, options)`.
 * @param definition Name, version, tokens, options and setup.
 * @returns The factory that users call; it throws an {@linkcode EspalierError} ERR_PLUGIN_OPTIONS.
 */
export function definePlugin<Options, Input, E extends PluginEvent = never>(
  definition: PluginDefinition<Options, Input, E>,
): PluginFactory<Input, E> {
  const { name, version, provides, requires = [], uses = [], options: schema } = definition;
  function configure(input?: Input): Plugin<E> {
    const parsed = parseOptions(schema, input, {
      subject: `plugin "${name}"`,
      code: "ERR_PLUGIN_OPTIONS",
      plugin: name,
    });
    const options: Options = deepFreeze(structuredClone(parsed));
    return Object.freeze({
      name,
      version,
      provides: Object.freeze([...provides]),
      requires: Object.freeze([...requires]),
      uses: Object.freeze([...uses]),
      options: options as Json,
      setup: (context: PluginContext<E>): void | undefined => definition.setup(context, options),
    });
  }
  return Object.assign(configure, { pluginName: name, jsonSchema: () => toJsonSchema(schema) });
}
