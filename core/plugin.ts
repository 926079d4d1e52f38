import type { z } from "zod";
import type { PluginEvent } from "./events.ts";
import type { Json } from "./json.ts";
import type { Resolver } from "./scope.ts";
import type { Token } from "./token.ts";

/** Builds a service from other services, once a run. */
export type ServiceFactory<T> = (resolver: Resolver) => T;

/** What a plugin sees while it sets itself up. */
export interface PluginContext<E extends PluginEvent = never> {
  /** Register a service; the token must be declared in `provides`. */
  provide<T>(token: Token<T>, factory: ServiceFactory<T>): void;
  /** Publish an event of this plugin, during a run. */
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
  /** Register services. A property: see `Phase.run`. */
  readonly setup: (context: PluginContext<E>) => void;
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
  /** Register services; no work yet. */
  readonly setup: (context: PluginContext<E>, options: Options) => void;
}

/** Validates options at the user's line and gives a {@linkcode Plugin}. */
export interface PluginFactory<Input, E extends PluginEvent = never> {
  /** Configure the plugin. */
  (options?: Input): Plugin<E>;
  /** Unique name of the plugin. */
  readonly pluginName: string;
  /** JSON Schema (draft 2020-12) of the accepted options. */
  jsonSchema(): Record<string, unknown>;
}
