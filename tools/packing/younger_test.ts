import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { youngerApis } from "./apis.ts";
import { classes, methods, Stack, statics } from "./younger.ts";

/** What a call gives while its holder lacks a name. */
function without<T>(holder: object, name: string, call: () => T): T {
  const own = Object.getOwnPropertyDescriptor(holder, name)!;
  delete holder[name as keyof typeof holder];
  try {
    return call();
  } finally {
    Object.defineProperty(holder, name, own);
  }
}

const list = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 9 });
const text = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });
const even = (x: number) => x % 2 === 0;

/** Arguments by method; the receiver is first. */
const calls = {
  toSorted: fc.tuple(list, fc.constantFrom(undefined, (a: number, b: number) => b - a)),
  toReversed: fc.tuple(list),
  with: list.chain((it) =>
    fc.tuple(fc.constant(it), fc.integer({ min: -it.length, max: it.length - 1 }), fc.nat())
  ),
  findLast: fc.tuple(list, fc.constant(even)),
  findLastIndex: fc.tuple(list, fc.constant(even)),
  isDisjointFrom: fc.tuple(list.map((x) => new Set(x)), list.map((x) => new Set(x))),
  isWellFormed: fc.tuple(text),
};

for (const [name, stand] of Object.entries(methods)) {
  Deno.test(`the stand-in of ${name}() gives what the runtime's own gives`, () => {
    fc.assert(fc.property(calls[name as keyof typeof calls], ([it, ...args]) => {
      const own = stand(it, ...args);
      const holder = Object.getPrototypeOf(Object(it));
      assertEquals(without(holder, name, () => stand(it, ...args)), own);
    }));
  });
}

Deno.test("the stand-in of with() refuses a place that is not there, and changes typed arrays", () => {
  without(Array.prototype, "with", () => {
    assertThrows(() => methods.with([1], 1, 0), RangeError);
    assertThrows(() => methods.with([1], -2, 0), RangeError);
  });
  const typed = Object.getPrototypeOf(Uint8Array.prototype);
  const numbers = Float32Array.of(3, 1, 2);
  assertEquals(without(typed, "with", () => methods.with(numbers, 0, 7)), Float32Array.of(7, 1, 2));
  assertEquals(without(typed, "toSorted", () => methods.toSorted(numbers)), numbers.toSorted());
});

Deno.test("the stand-ins of groupBy(), fromAsync() and withResolvers() give what the runtime's own give", async () => {
  fc.assert(fc.property(list, (numbers) => {
    const key = (x: number, i: number) => `${x % 3} ${i > 4}`;
    for (const [holder, name] of [[Map, "Map.groupBy"], [Object, "Object.groupBy"]] as const) {
      const own = statics[name](numbers, key);
      assertEquals(without(holder, "groupBy", () => statics[name](numbers, key)), own);
    }
  }));
  const made = without(
    Array,
    "fromAsync",
    () => statics["Array.fromAsync"]([1, Promise.resolve(2)]),
  );
  assertEquals(await made, [1, 2]);
  const make = statics["Promise.withResolvers"];
  const parts = without(Promise, "withResolvers", () => make()) as ReturnType<
    typeof Promise.withResolvers
  >;
  parts.resolve(3);
  assertEquals(await parts.promise, 3);
});

Deno.test("the stand-in of DisposableStack disposes the last first, whatever throws", () => {
  for (const Class of [Stack, classes.DisposableStack]) {
    const done: string[] = [];
    const stack = new Class();
    assertEquals(stack.use({ [Symbol.dispose]: () => done.push("used") }) instanceof Object, true);
    assertEquals(stack.use(undefined), undefined);
    assertEquals(stack.adopt(1, (x: number) => done.push(`adopted ${x}`)), 1);
    stack.defer(() => {
      throw new Error("first");
    });
    stack.defer(() => {
      throw new Error("second");
    });
    const error = assertThrows(() => stack[Symbol.dispose]()) as SuppressedError;
    assertEquals([error.name, error.error.message, error.suppressed.message], [
      "SuppressedError",
      "first",
      "second",
    ]);
    assertEquals(done, ["adopted 1", "used"]);
    stack.dispose();
    assertEquals(done.length, 2);
  }
});

Deno.test("youngerApis() finds what ES2022 has not and no stand-in gives", async () => {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      path,
      `export const found = (set: Set<number>) => [
        set.union(new Set()),
        set.keys().map((x) => x),
        Iterator.from([1]),
        Promise.try(() => 1),
        new Float16Array(1),
        new AsyncDisposableStack(),
        [1].toSpliced(0),
        [1].toSorted(),
        Map.groupBy([1], (x) => x),
        structuredClone(1),
        new DisposableStack(),
      ];`,
    );
    const lines = await youngerApis([path]);
    const names = ["union", "map", "Iterator", "try", "Float16Array", "toSpliced"];
    for (const name of [...names, "AsyncDisposableStack"]) {
      assertEquals(
        lines.filter((line) => line.includes(`'${name}'`) || line === name).length,
        1,
        name,
      );
    }
    assertEquals(lines.length, names.length + 1);
  } finally {
    await Deno.remove(path);
  }
});
