import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { EspalierError } from "../errors.ts";
import { contractError, pluginOf, tagError, tagged } from "./tagged.ts";
import type { Contract } from "./token.ts";

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
  const service = tagged(new Counter(), { plugin: "acme", token: "Counter" });
  const error = assertThrows(() => service.fail(), EspalierError, '"acme" threw in Counter.fail()');
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_FAILED", "acme"]);
  assert(error.cause instanceof RangeError);
  assertEquals((await assertRejects(() => service.reject(), EspalierError)).plugin, "acme");
});

Deno.test("tagged() leaves a service as it was to its users", () => {
  const counter = new Counter();
  const service = tagged(counter, { plugin: "acme", token: "Counter" });
  assertEquals([service.next(), service.next(), counter.next()], [1, 2, 3]);
  assertStrictEquals(service.next, service.next);
  assert(service instanceof Counter);
  service.label = "d";
  assertEquals([counter.label, Object.keys(service), "next" in service], ["d", ["label"], true]);
  const map = tagged(new Map([["a", 1]]), { plugin: "acme", token: "Map" });
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
    { plugin: "acme", token: "Frozen" },
  );
  assertEquals([frozen.n, Object.keys(frozen)], [1, ["n", "fail"]]);
  assertEquals(assertThrows(() => frozen.fail(), EspalierError).plugin, "acme");
  const clock = tagged((at: number) => at + 1, { plugin: "acme", token: "Clock" });
  assertEquals(clock(1), 2);
  const data = { epochs: 3, rate: { peak: 0.1 } };
  assertStrictEquals(tagged(data, { plugin: "acme", token: "Data" }), data);
  const list = [() => 1];
  assertStrictEquals(tagged(list, { plugin: "acme", token: "List" }), list);
});

interface Meter {
  readonly unit: string;
  read(at: number): number;
  later?(): Promise<number>;
}
const contract: Contract<Meter> = {
  members: { unit: (unit) => unit === "" ? "must not be empty" : undefined },
  returns: {
    read: (made, [at]) => made === at ? undefined : `must be ${at}: ${made}`,
    later: (made) => made > 0 ? undefined : `must be positive: ${made}`,
  },
};
const meter = (changes: Partial<Meter>): Meter =>
  tagged<Meter>({ unit: "m", read: (at) => at, ...changes }, {
    plugin: "acme",
    token: "Meter",
    contract: contract as Contract<unknown>,
  });

Deno.test("tagged() checks members once, and what methods return or resolve to at every call", async () => {
  const right = meter({ later: () => Promise.resolve(2) });
  assertEquals([right.read(3), right.read(4), await right.later!()], [3, 4, 2]);
  const breaches = [
    assertThrows(() => meter({ unit: "" }), EspalierError, "Meter.unit of plugin"),
    assertThrows(() => meter({ read: () => 1 }).read(2), EspalierError, "it must be 2: 1."),
    await assertRejects(() => meter({ later: () => Promise.resolve(0) }).later!(), EspalierError),
  ];
  for (const { code, plugin } of breaches) {
    assertEquals([code, plugin], ["ERR_PLUGIN_CONTRACT", "acme"]);
  }
  assertEquals(meter({}).later, undefined);
});

Deno.test("tagged() checks no method that every object has", () => {
  assertEquals(`${meter({ toString: () => "a meter" } as object)}`, "a meter");
});

Deno.test("contractError() and pluginOf() know who provides a service", () => {
  const service = meter({});
  assertEquals([pluginOf(service), pluginOf({})], ["acme", undefined]);
  const error = contractError(service, "read", "must be finite: NaN");
  assertEquals([error.plugin, error.code], ["acme", "ERR_PLUGIN_CONTRACT"]);
  assertStringIncludes(
    error.message,
    'what Meter.read() of plugin "acme" gives as it must be finite',
  );
  assertEquals(contractError({}, "read", "must be 1").plugin, undefined);
});
