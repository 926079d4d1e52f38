import { EspalierError } from "../errors.ts";
import { EVENT_ADVICE, eventFlaw } from "../event_flaw.ts";
import type { PluginEvent } from "../events.ts";
import { checkContracts } from "./contracts_version.ts";
import type { PluginContext } from "./plugin.ts";
import type { AnyPlugin } from "./plugins.ts";
import type { Resolver, Scope } from "./scope.ts";
import { tagError } from "./tagged.ts";
import type { ManyToken, Token } from "./token.ts";

/** A resolver that knows some tokens only. */
export function restrict(resolver: Resolver, { declared, asked = [], refuse }: {
  /** Tokens whose services it gives. */
  readonly declared: readonly Token<unknown>[];
  /** Tokens of which it only says whether a plugin provides them. */
  readonly asked?: readonly Token<unknown>[];
  /** The error for any other. */
  readonly refuse: (token: Token<unknown>) => EspalierError;
}): Resolver {
  const keys = new Set(declared.map(({ key }) => key));
  const known = new Set([...declared, ...asked].map(({ key }) => key));
  function check<T extends Token<unknown>>(token: T, among: ReadonlySet<symbol>): T {
    if (!among.has(token.key)) throw refuse(token);
    return token;
  }
  return {
    get: <T>(token: Token<T>): T => resolver.get(check(token, keys)),
    getAll: <T>(token: ManyToken<T>): readonly T[] => resolver.getAll(check(token, keys)),
    has: (token: Token<unknown>): boolean => resolver.has(check(token, known)),
  };
}

function undeclared(plugin: AnyPlugin, state: string, advice: string): EspalierError {
  return new EspalierError("ERR_PLUGIN_UNDECLARED", `Cannot ${state}. ${advice}`, {
    plugin: plugin.name,
  });
}

function checkEvent(plugin: AnyPlugin, event: PluginEvent): void {
  const { name } = plugin;
  const state = eventFlaw(event, { owner: name });
  if (state === undefined) return;
  throw undeclared(plugin, `emit an event of plugin "${name}" as ${state}`, EVENT_ADVICE);
}

function install(plugin: AnyPlugin, scope: Scope, emit: (event: PluginEvent) => void): void {
  const { name, provides, requires, uses } = plugin;
  const declared = [...requires, ...uses, ...provides];
  const provided = new Set<symbol>();
  let done = false;
  const context: PluginContext<PluginEvent> = {
    provide(token, factory) {
      if (done || !provides.some(({ key }) => key === token.key)) {
        throw undeclared(
          plugin,
          `provide "${token.name}" by plugin "${name}" as ` +
            (done ? "its setup is over" : "it is not declared"),
          done ? `Call provide inside setup.` : `Add the token to the plugin's "provides".`,
        );
      }
      provided.add(token.key);
      const refuse = ({ name: asked }: Token<unknown>) =>
        undeclared(
          plugin,
          `resolve "${asked}" in plugin "${name}" as it is not declared`,
          `Add the token to the plugin's "requires" or "uses".`,
        );
      scope.provide(token, (all) => factory(restrict(all, { declared, refuse })), { plugin: name });
    },
    emit(event) {
      if (!done) {
        throw undeclared(
          plugin,
          `emit "${event.type}" as setup of plugin "${name}" only registers`,
          `Emit from a service, during a run.`,
        );
      }
      checkEvent(plugin, event);
      emit(event);
    },
  };
  let given: unknown;
  try {
    given = plugin.setup(context);
  } catch (error) {
    throw tagError(error, name, "setup()");
  }
  done = true;
  if (typeof Object(given).then === "function") {
    // It is refused anyway; what it may reject with must not end the process.
    Promise.resolve(given).catch(() => {});
    throw new EspalierError(
      "ERR_PLUGIN_FAILED",
      `Cannot install plugin "${name}" as its setup must be synchronous: it returned a promise. ` +
        "Wait in a method of a service.",
      { plugin: name },
    );
  }
  const missing = provides.filter(({ key }) => !provided.has(key));
  if (missing.length === 0) return;
  throw undeclared(
    plugin,
    `install plugin "${name}" as its setup does not provide what it declares: ` +
      missing.map((token) => `"${token.name}"`).join(", "),
    `Call context.provide for it, or take it out of "provides".`,
  );
}

/** Let every plugin register its services in a scope. */
export function installAll(
  plugins: readonly AnyPlugin[],
  scope: Scope,
  emit: (event: PluginEvent) => void,
): void {
  for (const plugin of plugins) install(plugin, scope, emit);
}

/** Refuse a plugin that is installed twice, and one whose requirement no plugin provides. */
export function checkPlugins(plugins: readonly AnyPlugin[]): void {
  const names = new Set<string>();
  for (const { name, contracts } of plugins) {
    checkContracts({ name, contracts });
    if (names.has(name)) {
      throw new EspalierError(
        "ERR_PLUGIN_DUPLICATE",
        `Cannot install a plugin twice: "${name}". Remove one of the two from the list.`,
        { plugin: name },
      );
    }
    names.add(name);
  }
  const provided = new Set(plugins.flatMap((plugin) => plugin.provides.map(({ key }) => key)));
  for (const { name, requires } of plugins) {
    const missing = requires.filter(({ key }) => !provided.has(key));
    if (missing.length === 0) continue;
    throw new EspalierError(
      "ERR_PLUGIN_REQUIRES",
      `Cannot use plugin "${name}" as no plugin provides what it requires: ` +
        `${missing.map((token) => `"${token.name}"`).join(", ")}. Add a plugin that does.`,
      { plugin: name },
    );
  }
}
