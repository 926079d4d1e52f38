import { assert, assertEquals, assertThrows } from "@std/assert";
import * as z from "zod";
import { EspalierError } from "../errors.ts";
import { noOptions } from "./no_options.ts";
import { definePlugin, type PluginContext } from "./plugin.ts";
import { createToken } from "./token.ts";

const Greeting = createToken<string>("@acme/greeting");
const greet = definePlugin({
  name: "greet",
  version: "1",
  provides: [Greeting],
  options: z.strictObject({
    who: z.string().default("world"),
    tags: z.array(z.string()).default([]),
  }),
  setup: (context, { who }) => context.provide(Greeting, () => `hello ${who}`),
});

Deno.test("definePlugin() gives a factory of frozen plugins with defaults filled in", () => {
  const plugin = greet();
  assertEquals([plugin.name, plugin.version, plugin.options], [
    "greet",
    "1",
    { who: "world", tags: [] },
  ]);
  assertEquals([plugin.provides, plugin.requires, plugin.uses], [[Greeting], [], []]);
  assert(Object.isFrozen(plugin) && Object.isFrozen(plugin.provides));
  const { tags } = plugin.options as { tags: string[] };
  assertThrows(() => tags.push("x"), TypeError);
});

Deno.test("a plugin factory keeps the user's object as it was", () => {
  const mine = { tags: ["a"] };
  greet(mine);
  mine.tags.push("b");
  assertEquals(mine, { tags: ["a", "b"] });
});

Deno.test("a plugin factory knows its name and a JSON Schema of its options", () => {
  assertEquals(greet.pluginName, "greet");
  const { properties, additionalProperties } = greet.jsonSchema();
  assertEquals(Object.keys(properties as object), ["who", "tags"]);
  assertEquals(additionalProperties, false);
});

Deno.test("a plugin factory refuses options at the user's line and names the plugin", () => {
  const error = assertThrows(() => greet({ who: 1 as never }), EspalierError, 'option "who" is 1');
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_OPTIONS", "greet"]);
});

Deno.test("definePlugin() infers the events from the type of setup's context", () => {
  type Tick = { readonly type: "clock/tick"; readonly at: number };
  const clock = definePlugin({
    name: "clock",
    version: "1",
    provides: [],
    options: noOptions,
    setup(_context: PluginContext<Tick>) {},
  });
  const typed: import("./plugin.ts").Plugin<Tick> = clock();
  assertEquals(typed.name, "clock");
});
