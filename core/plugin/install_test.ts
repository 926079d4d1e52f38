import { assertEquals, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EspalierError } from "../errors.ts";
import type { PluginEvent } from "../events.ts";
import { checkPlugins, installAll } from "./install.ts";
import { noOptions } from "./no_options.ts";
import { definePlugin, type PluginContext, type PluginDefinition } from "./plugin.ts";
import type { AnyPlugin } from "./plugins.ts";
import { Scope } from "./scope.ts";
import { createToken, type Token } from "./token.ts";

const One = createToken<() => number>("@acme/one");
const Two = createToken<() => number>("@acme/two");
type Tick = { readonly type: "p/tick"; readonly n: number };

function plugin(
  setup: (context: PluginContext<Tick>) => void,
  declared: Partial<PluginDefinition<object, object>> = {},
): AnyPlugin {
  return definePlugin({
    name: "p",
    version: "1",
    provides: [],
    ...declared,
    options: noOptions,
    setup,
  })();
}

function install(plugins: readonly AnyPlugin[], events: PluginEvent[] = []): Scope {
  const scope = Scope.root();
  installAll(plugins, scope, (event) => events.push(event));
  return scope;
}

function refusal(fn: () => unknown, code: string): string {
  const error = assertThrows(fn, EspalierError);
  assertEquals([error.code, error.plugin], [code, "p"]);
  return error.message;
}

const provides = (...tokens: Token<unknown>[]) => ({ provides: tokens });

Deno.test("installAll() refuses a token that the plugin does not declare", () => {
  const p = plugin((context) => context.provide(One, () => () => 1));
  assertStringIncludes(
    refusal(() => install([p]), "ERR_PLUGIN_UNDECLARED"),
    '"@acme/one" by plugin "p" as it is not declared',
  );
});

Deno.test("installAll() refuses a plugin that does not provide what it declares", () => {
  const p = plugin((context) => context.provide(One, () => () => 1), provides(One, Two));
  assertStringIncludes(refusal(() => install([p]), "ERR_PLUGIN_UNDECLARED"), '"@acme/two"');
});

Deno.test("a factory resolves declared tokens only", () => {
  const two = plugin((context) => context.provide(Two, () => () => 2), provides(Two));
  const setup = (context: PluginContext<Tick>) => context.provide(One, (r) => r.get(Two));
  const missing = install([two, plugin(setup, provides(One))]);
  assertStringIncludes(
    refusal(() => missing.get(One), "ERR_PLUGIN_UNDECLARED"),
    'resolve "@acme/two" in plugin "p"',
  );
  assertEquals(install([two, plugin(setup, { ...provides(One), uses: [Two] })]).get(One)(), 2);
  assertEquals(install([two, plugin(setup, { ...provides(One), requires: [Two] })]).get(One)(), 2);
});

Deno.test("what setup throws names the plugin", () => {
  const cause = new Error("no luck");
  const p = plugin(() => {
    throw cause;
  });
  const error = assertThrows(() => install([p]), EspalierError, "no luck");
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_FAILED", "p"]);
  assertStrictEquals(error.cause, cause);
});

Deno.test("a setup that returns a promise is refused, and what that rejects with ends nothing", async () => {
  const rejected: unknown[] = [];
  const note = (event: PromiseRejectionEvent) => void rejected.push(event.reason);
  addEventListener("unhandledrejection", note);
  try {
    for (const settle of [() => Promise.resolve(), () => Promise.reject(new Error("late"))]) {
      const p = plugin(
        (async (context: PluginContext<Tick>) => {
          context.provide(One, () => () => 1);
          await settle();
        }) as unknown as () => void,
        provides(One),
      );
      assertStringIncludes(
        refusal(() => install([p]), "ERR_PLUGIN_FAILED"),
        'plugin "p" as its setup must be synchronous',
      );
    }
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(rejected, []);
  } finally {
    removeEventListener("unhandledrejection", note);
  }
});

Deno.test("provide and emit know when setup is over", () => {
  let kept: PluginContext<Tick> | undefined;
  const events: PluginEvent[] = [];
  install([plugin((context) => void (kept = context))], events);
  refusal(() => kept!.provide(One, () => () => 1), "ERR_PLUGIN_UNDECLARED");
  kept!.emit({ type: "p/tick", n: 1 });
  assertEquals<unknown>(events, [{ type: "p/tick", n: 1 }]);
  const early = plugin((context) => context.emit({ type: "p/tick", n: 1 }));
  assertStringIncludes(refusal(() => install([early]), "ERR_PLUGIN_UNDECLARED"), "only registers");
});

Deno.test("emit refuses foreign names and what is not JSON", () => {
  let kept: PluginContext<Tick> | undefined;
  install([plugin((context) => void (kept = context))]);
  refusal(() => kept!.emit({ type: "q/tick", n: 1 } as never), "ERR_PLUGIN_UNDECLARED");
  assertStringIncludes(
    refusal(() => kept!.emit({ type: "p/tick", n: NaN }), "ERR_PLUGIN_UNDECLARED"),
    '"n" is NaN',
  );
});

Deno.test("checkPlugins() refuses a plugin that is there twice", () => {
  refusal(() => checkPlugins([plugin(() => {}), plugin(() => {})]), "ERR_PLUGIN_DUPLICATE");
});

Deno.test("checkPlugins() names the plugin and the token that nobody provides", () => {
  const p = plugin(() => {}, { requires: [One] });
  assertStringIncludes(refusal(() => checkPlugins([p]), "ERR_PLUGIN_REQUIRES"), '"@acme/one"');
  checkPlugins([
    p,
    definePlugin({
      name: "q",
      version: "1",
      ...provides(One),
      options: noOptions,
      setup: (context) => context.provide(One, () => () => 1),
    })(),
  ]);
});
