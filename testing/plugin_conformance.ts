import {
  type AnyPlugin,
  EspalierError,
  type ManyToken,
  type PluginEvent,
  type PluginFactory,
  type Scope,
  type ServiceFactory,
  type Token,
} from "@espalier/core";
import { check, checkEqual, type ConformanceCase, thrownBy, withServices } from "./check.ts";

/** What {@linkcode pluginConformance} needs to know about a plugin. */
export interface PluginSetup<Input, E extends PluginEvent> {
  /** The factory under test. */
  // deno-lint-ignore no-explicit-any -- whatever its phases make
  readonly factory: PluginFactory<Input, E, any>;
  /** Options that it works with; none if absent. */
  readonly options?: Input;
  /** More options that must be accepted. */
  readonly valid?: readonly Input[];
  /** Options that must be refused. */
  readonly invalid: readonly unknown[];
  /** Plugins that provide what it requires. */
  readonly beside?: readonly AnyPlugin[];
}

function resolveAll(services: Scope, tokens: readonly Token<unknown>[]): void {
  for (const token of tokens) {
    if (token.many) services.getAll(token as ManyToken<unknown>);
    else services.get(token);
  }
}

/** What a plugin's factories return, before a scope wraps it. */
function servicesOf(plugin: AnyPlugin, services: Scope): unknown[] {
  const made: unknown[] = [];
  plugin.setup({
    provide: <T>(_: Token<T>, factory: ServiceFactory<T>) => void made.push(factory(services)),
    emit: () => {},
  });
  return made;
}

/** Whether a service holds mutable state: anything but functions and strings. */
function holdsState(service: unknown): boolean {
  if (typeof service !== "object" || service === null || Object.isFrozen(service)) return false;
  return Object.values(service).some((value) => !["function", "string"].includes(typeof value));
}

async function checkRefusal<Input, E extends PluginEvent>(
  factory: PluginSetup<Input, E>["factory"],
  options: unknown,
): Promise<string> {
  const error = await thrownBy(() => factory(options as Input));
  check(error instanceof EspalierError, `options must be refused by an EspalierError: ${error}`);
  checkEqual([error.code, error.plugin], ["ERR_PLUGIN_OPTIONS", factory.pluginName], "the error");
  return error.message;
}

function* optionCases<Input, E extends PluginEvent>(
  { factory, options, valid = [], invalid }: PluginSetup<Input, E>,
): Generator<ConformanceCase> {
  const name = factory.pluginName;
  yield {
    name: `${name}: its options have a JSON Schema that refuses unknown names`,
    fn: () => {
      const schema = JSON.parse(JSON.stringify(factory.jsonSchema()));
      checkEqual([schema.type, schema.additionalProperties], ["object", false], "the schema");
      return Promise.resolve();
    },
  };
  for (const [i, accepted] of [options, ...valid].entries()) {
    yield {
      name: `${name}: accepted options ${i} survive JSON, and are options themselves`,
      fn: () => {
        const plugin = factory(accepted);
        const copy = accepted === undefined ? undefined : JSON.parse(JSON.stringify(accepted));
        checkEqual(factory(copy).options, plugin.options, "options after a round trip");
        checkEqual(factory(plugin.options as Input).options, plugin.options, "options of options");
        return Promise.resolve();
      },
    };
  }
  for (const [i, refused] of invalid.entries()) {
    yield {
      name: `${name}: refuses invalid options ${i} and names itself`,
      fn: async () => void await checkRefusal(factory, refused),
    };
  }
  yield {
    name: `${name}: refuses an unknown option by its name`,
    fn: async () => {
      const message = await checkRefusal(factory, { ...options, notAnOption: 1 });
      check(message.includes("notAnOption"), `the message must name the option: ${message}`);
    },
  };
}

/**
 * The checks that every plugin must pass.
 *
 * @example With Deno's test runner
 * ```ts
 * import { definePlugin } from "@espalier/core";
 * import { pluginConformance } from "@espalier/testing";
 * import * as z from "zod";
 *
 * const factory = definePlugin({
 *   name: "nothing",
 *   version: "1",
 *   provides: [],
 *   options: z.strictObject({ rate: z.number().default(1) }),
 *   setup() {},
 * });
 * for (const { name, fn } of pluginConformance({ factory, invalid: [{ rate: "1" }] })) {
 *   Deno.test(name, fn);
 * }
 * ```
 *
 * @typeParam Input Options of the plugin.
 * @typeParam E Events of the plugin.
 * @param setup The plugin, and sample options.
 * @returns The checks.
 */
export function* pluginConformance<Input, E extends PluginEvent>(
  setup: PluginSetup<Input, E>,
): Generator<ConformanceCase> {
  const { factory, options, beside = [] } = setup;
  const name = factory.pluginName;
  const configure = (): AnyPlugin => factory(options);
  const plugins = () => [...beside, configure()];
  yield {
    name: `${name}: is a frozen plugin with a name and a version`,
    fn: () => {
      const plugin = configure();
      check(Object.isFrozen(plugin), "the plugin is not frozen");
      checkEqual(plugin.name, name, "the name");
      check(plugin.version !== "", "the version is empty");
      return Promise.resolve();
    },
  };
  yield* optionCases(setup);
  yield {
    name: `${name}: provides what it declares and leaves no tensor behind`,
    fn: () => withServices({ plugins }, (services) => resolveAll(services, configure().provides)),
  };
  yield {
    name: `${name}: two pruners share no state`,
    fn: () =>
      withServices({ plugins }, (services) => {
        const first = servicesOf(configure(), services);
        const second = servicesOf(configure(), services);
        const shared = first.some((service) => holdsState(service) && second.includes(service));
        check(!shared, "a factory gives one object with state twice: make it anew, or freeze it");
      }),
  };
}
