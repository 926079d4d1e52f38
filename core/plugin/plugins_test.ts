import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EspalierError } from "../errors.ts";
import { noOptions } from "./no_options.ts";
import { definePlugin } from "./plugin.ts";
import { type AnyPlugin, replaceAll, swap, without } from "./plugins.ts";
import { createManyToken, createToken, type Token } from "./token.ts";

const One = createToken<number>("@acme/one");
const Two = createToken<number>("@acme/two");
const Many = createManyToken<number>("@acme/many");

function plugin(name: string, ...provides: Token<number>[]): AnyPlugin {
  return definePlugin({
    name,
    version: "1",
    provides,
    options: noOptions,
    setup: (context) => provides.forEach((token) => context.provide(token, () => 1)),
  })();
}

const names = (plugins: readonly AnyPlugin[]) => plugins.map(({ name }) => name).join(" ");

function refusal(fn: () => unknown): string {
  const error = assertThrows(fn, EspalierError, "Cannot swap plugins as ");
  assertEquals(error.code, "ERR_PLUGIN_SWAP");
  return error.message;
}

const list = [plugin("a", One), plugin("b", Many), plugin("c", Two), plugin("d", Many)];

Deno.test("swap() puts the plugin where the first provider of its single tokens stood", () => {
  assertEquals(names(swap(list, plugin("new", Two))), "a b new d");
  assertEquals(names(swap(list, plugin("new", One, Two, Many))), "new b d");
  assertEquals(names(list), "a b c d");
});

Deno.test("swap() refuses to lose what only the removed plugin provides", () => {
  const both = [plugin("both", One, Two), plugin("many", One, Many)];
  const message = refusal(() => swap(both, plugin("new", One)));
  assertStringIncludes(message, 'plugin "both" would be removed, the only provider of "@acme/two"');
  assertEquals(names(swap([plugin("both", One, Two)], plugin("new", One, Two))), "new");
});

Deno.test("swap() drops a provider of many that is not the only one", () => {
  const plugins = [plugin("a", One, Many), plugin("b", Many)];
  assertEquals(names(swap(plugins, plugin("new", One))), "new b");
});

Deno.test("swap() refuses a plugin that replaces nothing", () => {
  const Three = createToken<number>("@acme/three");
  const message = refusal(() => swap(list, plugin("new", Three)));
  assertStringIncludes(message, 'replaces nothing: no plugin provides "@acme/three"');
  assertStringIncludes(refusal(() => swap(list, plugin("new", Many))), "replaceAll(");
});

Deno.test("replaceAll() puts the replacements where the first provider stood", () => {
  const replaced = replaceAll(list, Many, [plugin("x", Many), plugin("y", Many)]);
  assertEquals(names(replaced), "a x y c");
  assertEquals(names(replaceAll(list, Many, [])), "a c");
});

Deno.test("replaceAll() refuses to replace nothing, by a stranger, or to lose another token", () => {
  assertStringIncludes(
    refusal(() => replaceAll([plugin("a", One)], Many, [plugin("x", Many)])),
    'no plugin provides "@acme/many"',
  );
  assertStringIncludes(
    refusal(() => replaceAll(list, Many, [plugin("x", One)])),
    'replacement "x" does not provide "@acme/many"',
  );
  assertStringIncludes(
    refusal(() => replaceAll([plugin("a", One, Many)], Many, [plugin("x", Many)])),
    'the only provider of "@acme/one"',
  );
});

Deno.test("without() leaves a plugin out by name", () => {
  assertEquals(names(without(list, "b")), "a c d");
  const message = refusal(() => without([plugin("gumbel", One)], "gumble"));
  assertStringIncludes(message, 'no plugin is named "gumble": the list holds gumbel');
  assertStringIncludes(message, 'Did you mean "gumbel"?');
});
