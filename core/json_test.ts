import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalJson, deepFreeze, jsonFlaw } from "./json.ts";

Deno.test("canonicalJson() gives equal text for equal values, whatever their order", () => {
  assertEquals(
    canonicalJson({ b: [1, { d: 1, c: 2 }], a: undefined }),
    '{"b":[1,{"c":2,"d":1}]}',
  );
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
    const reversed = Object.fromEntries(Object.entries(value).reverse());
    assertEquals(canonicalJson(reversed), canonicalJson(value));
    assertEquals(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("canonicalJson() tells lists in another order apart", () => {
  assertNotEquals(canonicalJson([1, 2]), canonicalJson([2, 1]));
});

Deno.test("jsonFlaw() finds the first place that JSON cannot hold", () => {
  assertEquals(jsonFlaw({ a: [1, null, "x", true], b: undefined }), undefined);
  assertEquals(jsonFlaw({ a: [{ "b/c": NaN }] }), { path: 'a[0]["b/c"]', found: "NaN" });
  assertEquals(jsonFlaw([undefined]), { path: "[0]", found: "undefined" });
  assertEquals(jsonFlaw({ m: new Map() }), { path: "m", found: "a Map" });
  assertEquals(jsonFlaw({ f: () => 1 }), { path: "f", found: "a function" });
  assertEquals(jsonFlaw(1n), { path: "the value itself", found: "a bigint" });
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  assertEquals(jsonFlaw(loop), { path: "self", found: "a loop" });
  const shared = { n: 1 };
  assertEquals(jsonFlaw([shared, shared]), undefined);
});

/** Lists within each other. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

Deno.test("jsonFlaw() stops at a depth that any walk can follow", () => {
  assertEquals(jsonFlaw(nested(200)), undefined);
  assertEquals(jsonFlaw(nested(201)), { path: "[0][0][0]...", found: "deeper than 200 levels" });
  assertEquals(jsonFlaw(nested(100_000))?.found, "deeper than 200 levels");
});

Deno.test("jsonFlaw() finds the key that a copy would take for a prototype", () => {
  assertEquals(jsonFlaw(JSON.parse('{"a":{"__proto__":{"x":1}}}')), {
    path: "a",
    found: "an object with a key __proto__",
  });
  assertEquals(jsonFlaw(JSON.parse('{"constructor":{"prototype":1}}')), undefined);
});

Deno.test("deepFreeze() freezes through and through", () => {
  const value = deepFreeze({ a: [{ b: 1 }] });
  assert(Object.isFrozen(value) && Object.isFrozen(value.a) && Object.isFrozen(value.a[0]));
});
