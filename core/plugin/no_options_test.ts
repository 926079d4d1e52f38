import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EspalierError } from "../errors.ts";
import { noOptions } from "./no_options.ts";
import { definePlugin } from "./plugin.ts";

const bare = definePlugin({
  name: "bare",
  version: "1",
  provides: [],
  options: noOptions,
  setup() {},
});

Deno.test("noOptions accepts nothing and {}", () => {
  assertEquals(bare().options, {});
  assertEquals(bare({}).options, {});
});

Deno.test("noOptions refuses an option by its name and says that there are none", () => {
  // @ts-expect-error the plugin has no such option
  const error = assertThrows(() => bare({ rate: 1 }), EspalierError);
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_OPTIONS", "bare"]);
  assertStringIncludes(error.message, 'option "rate" is unknown (there are none)');
});

Deno.test("noOptions has a JSON Schema without properties", () => {
  const { type, properties, additionalProperties } = bare.jsonSchema();
  assertEquals([type, properties, additionalProperties], ["object", {}, false]);
});
