import * as z from "zod";
import type { PluginEvent } from "../events.ts";
import { deepFreeze, type Json } from "../json.ts";
import type { Phase } from "../pipeline/phase.ts";
import {
  anyFunction,
  checkOptions,
  type OptionFields,
  parseOptions,
  toJsonSchema,
  withMethods,
} from "./options.ts";
import type { ServiceFactory } from "./scope.ts";
import { type Token, tokenSchema } from "./token.ts";

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
 * A phase that a plugin brings, and the phase of the pipeline beside which it stands.
 *
 * @typeParam Makes What the phase makes.
 * @typeParam E Events of its own.
 */
export type PlacedPhase<Makes extends object = object, E extends PluginEvent = never> =
  & {
    /** The phase. */
    // deno-lint-ignore no-explicit-any -- what it needs is known in a pipeline only
    readonly phase: Phase<any, Makes, E>;
  }
  & (
    | { readonly after: string; readonly before?: undefined }
    | { readonly before: string; readonly after?: undefined }
  );

/**
 * A configured plugin: a frozen object, ready for `createPruner`.
 *
 * @typeParam E The events that the plugin and its phases emit.
 * @typeParam Makes What its phases make.
 */
export interface Plugin<E extends PluginEvent = never, Makes extends object = object> {
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
  /** Range of the contracts' versions that it is made for, as in `^1`. */
  readonly contracts?: string;
  /** Phases that it brings; `createPruner` puts them into the pipeline. */
  readonly phases: readonly PlacedPhase<Makes>[];
  /** Validated options, defaults filled in; JSON. */
  readonly options: Json;
  /**
   * Register services, for one run. A property: see `Phase.run`. The type refuses an asynchronous
   * function, which `void` alone would take.
   */
  readonly setup: (context: PluginContext<E>) => void | undefined;
  /** Never set; keeps the types of events and of what phases make apart in lists of plugins. */
  readonly types?: { readonly events: E; readonly makes: (made: Makes) => void };
}

/** What `definePlugin` takes. */
export interface PluginDefinition<
  Options,
  Input,
  E extends PluginEvent = never,
  Makes extends object = object,
> {
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
  /**
   * Range of the contracts' versions that it is made for, as in `^1`: see `CONTRACTS`. A plugin for
   * others is refused when a pruner is created.
   *
   * @default any
   */
  readonly contracts?: string;
  /** Phases that it brings. Default: none. */
  readonly phases?: (options: Options) => readonly PlacedPhase<Makes, E>[];
  /** Register services only, synchronously: the work is done by them, during a run. */
  readonly setup: (context: PluginContext<E>, options: Options) => void | undefined;
}

/** Validates options at the user's call and returns a {@linkcode Plugin}. */
export interface PluginFactory<
  Input,
  E extends PluginEvent = never,
  Makes extends object = object,
> {
  /** Configure the plugin. */
  (options?: Input): Plugin<E, Makes>;
  /** Unique name of the plugin. */
  readonly pluginName: string;
  /** JSON Schema (draft 2020-12) of the accepted options. */
  jsonSchema(): Record<string, unknown>;
}

const text = z.string().min(1);
const tokens = z.array(tokenSchema);

const definitionSchema = z.strictObject(
  {
    name: text,
    version: text,
    provides: tokens,
    requires: tokens.optional(),
    uses: tokens.optional(),
    options: withMethods<z.ZodType>("zod schema", "safeParse"),
    contracts: text.optional(),
    phases: anyFunction.optional(),
    setup: anyFunction,
  } satisfies OptionFields<PluginDefinition<unknown, unknown>>,
);

/**
 * Define a plugin.
 *
 * @example A plugin that provides one service
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createToken, definePlugin } from "@espalier/core";
 * import * as z from "zod";
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
 * @typeParam Makes What the phases that it brings make.
 * @param definition Name, version, tokens, options and setup.
 * @returns The factory that users call; it throws an {@linkcode EspalierError} ERR_PLUGIN_OPTIONS.
 * @throws {EspalierError} ERR_CONFIG_INVALID if the definition has an unknown name or an invalid value.
 */
export function definePlugin<
  Options,
  Input,
  E extends PluginEvent = never,
  Makes extends object = object,
>(
  definition: PluginDefinition<Options, Input, E, Makes>,
): PluginFactory<Input, E, Makes> {
  const subject = `the definition of plugin "${String(Object(definition).name)}"`;
  checkOptions(definitionSchema, definition, { subject });
  const { name, version, provides, requires = [], uses = [], options: schema } = definition;
  function configure(input?: Input): Plugin<E, Makes> {
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
      ...definition.contracts !== undefined && { contracts: definition.contracts },
      phases: Object.freeze([...definition.phases?.(options) ?? []]),
      options: options as Json,
      setup: (context: PluginContext<E>): void | undefined => definition.setup(context, options),
    });
  }
  return Object.assign(configure, { pluginName: name, jsonSchema: () => toJsonSchema(schema) });
}
