import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import * as z from "zod";
import { EspalierError } from "./errors.ts";
import { testOptions } from "./options_testing.ts";
import { pipeline } from "./pipeline/pipeline.ts";
import { noOptions } from "./plugin/no_options.ts";
import { definePlugin } from "./plugin/plugin.ts";
import { replaceAll, swap, without } from "./plugin/plugins.ts";
import { openServices } from "./plugin/services.ts";
import { createManyToken, createToken } from "./plugin/token.ts";
import { readJournal } from "./run/journal.ts";
import { folderStore } from "./store/folder_store.ts";

const Clock = createToken<() => number>("@acme/clock");

const definition = {
  name: "clock",
  version: "1",
  provides: [Clock],
  requires: [],
  uses: [],
  options: noOptions,
  setup: () => {},
};

const phase = {
  name: "tick",
  version: "1",
  options: {},
  uses: [],
  requires: [],
  usesBudget: false,
  makes: ["tick"],
  check: () => Promise.resolve(),
  run: () => Promise.resolve({ tick: 1 }),
};

testOptions({
  "definePlugin()": { call: definePlugin, valid: definition },
  "phase()": { call: (options) => pipeline().phase(options), valid: phase },
});

const message = (fn: () => unknown) => assertThrows(fn, EspalierError).message;

Deno.test("definePlugin() refuses an empty name or version", () => {
  for (const name of ["name", "version"]) {
    const define = () => definePlugin({ ...definition, [name]: "" });
    assertStringIncludes(message(define), `option "${name}" is "", allowed: string`);
  }
});

Deno.test("phase() refuses options that are no JSON, and a function that makes phases", () => {
  const options = { rate: NaN };
  const add = () => pipeline().phase({ ...phase, options });
  assertStringIncludes(message(add), 'option "options" is an object, allowed: plain JSON');
  const factory = Object.assign(() => phase, { uses: [] }) as never;
  assertStringIncludes(message(() => pipeline().phase(factory)), "the value is a function");
});

Deno.test("phase() takes an instance of a class with fields of its own", () => {
  class Tick {
    readonly name = "tick";
    readonly uses = [];
    readonly mine = 3;
    run() {
      return Promise.resolve({ tick: this.mine });
    }
  }
  assertEquals(pipeline().phase(new Tick()).phases.length, 1);
});

Deno.test("a list of plugins refuses a factory that was not called, by its name", () => {
  const clock = definePlugin(definition);
  const called = clock();
  const calls: readonly (() => unknown)[] = [
    () => swap([called], clock as never),
    () => swap([clock as never], called),
    () => replaceAll([called], Clock, [clock as never]),
    () => without([clock as never], "clock"),
    () => openServices([clock as never]),
  ];
  for (const call of calls) {
    assertStringIncludes(message(call), "is a function, allowed: plugin (call clock: ");
  }
  assertStringIncludes(message(() => replaceAll([called], "clock" as never, [])), '"token" is');
  assertStringIncludes(message(() => without(null as never, "clock")), '"plugins" is null');
});

Deno.test("names and paths must be texts that are not empty", async () => {
  for (const wrong of ["", 3, null, undefined] as never[]) {
    for (const call of [createToken, createManyToken]) {
      assertStringIncludes(message(() => call(wrong)), 'option "name" is');
    }
    assertStringIncludes(message(() => folderStore(wrong)), 'option "path" is');
    const { message: found } = await readJournal(wrong).catch((error) => error);
    assertStringIncludes(found, 'option "path" is');
  }
});

Deno.test("a schema of any shape is one of zod", () => {
  const options = z.strictObject({ a: z.int().default(1) });
  assertEquals(definePlugin({ ...definition, options })().options, { a: 1 });
});
