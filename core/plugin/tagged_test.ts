import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { EspalierError } from "../errors.ts";
import { tagError, tagged } from "./tagged.ts";

class Counter {
  #count = 0;
  label = "c";
  next(): number {
    return ++this.#count;
  }
  fail(): never {
    throw new RangeError("too far");
  }
  reject(): Promise<never> {
    return Promise.reject(new RangeError("later"));
  }
}

Deno.test("tagError() keeps the code of the framework's errors and the innermost plugin", () => {
  const own = new EspalierError("ERR_BUDGET_ZONE_EMPTY", "Cannot …");
  const error = tagError(own, "outer", "x");
  assertEquals([error.code, error.plugin, error.message], [own.code, "outer", own.message]);
  assertStrictEquals(error.cause, own);
  assertStrictEquals(tagError(error, "outermost", "x"), error);
});

Deno.test("tagError() names what was thrown first where a disposal fails after it", () => {
  const first = new RangeError("first");
  const error = tagError(new SuppressedError(new Error("disposal"), first), "acme", "x");
  assertStrictEquals(error.cause, first);
});

Deno.test("tagged() names plugin and method on what a method throws or rejects with", async () => {
  const service = tagged(new Counter(), { plugin: "acme" }, "Counter");
  const error = assertThrows(() => service.fail(), EspalierError, '"acme" threw in Counter.fail()');
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_FAILED", "acme"]);
  assert(error.cause instanceof RangeError);
  assertEquals((await assertRejects(() => service.reject(), EspalierError)).plugin, "acme");
});

Deno.test("tagged() leaves a service as it was to its users", () => {
  const counter = new Counter();
  const service = tagged(counter, { plugin: "acme" }, "Counter");
  assertEquals([service.next(), service.next(), counter.next()], [1, 2, 3]);
  assertStrictEquals(service.next, service.next);
  assert(service instanceof Counter);
  service.label = "d";
  assertEquals([counter.label, Object.keys(service), "next" in service], ["d", ["label"], true]);
  const map = tagged(new Map([["a", 1]]), { plugin: "acme" }, "Map");
  assertEquals([map.size, map.get("a")], [1, 1]);
});

Deno.test("tagged() wraps frozen services and functions, not data", () => {
  const frozen = tagged(
    Object.freeze({
      n: 1,
      fail() {
        throw new Error("x");
      },
    }),
    { plugin: "acme" },
    "Frozen",
  );
  assertEquals([frozen.n, Object.keys(frozen)], [1, ["n", "fail"]]);
  assertEquals(assertThrows(() => frozen.fail(), EspalierError).plugin, "acme");
  const clock = tagged((at: number) => at + 1, { plugin: "acme" }, "Clock");
  assertEquals(clock(1), 2);
  const data = { epochs: 3, rate: { peak: 0.1 } };
  assertStrictEquals(tagged(data, { plugin: "acme" }, "Data"), data);
  const list = [() => 1];
  assertStrictEquals(tagged(list, { plugin: "acme" }, "List"), list);
});
