import { assert, assertEquals, assertThrows } from "@std/assert";
import { Exchange, type Slot } from "./exchange.ts";

const SLOTS: readonly Slot[] = [
  { name: "shared", size: 2, owner: "first" },
  { name: "own", size: 3, owner: "each" },
  { name: "flag", size: 0, owner: "each" },
];

/** The views of two ranks. */
function pair(): readonly [Exchange, Exchange] {
  const first = new Exchange(SLOTS, { ranks: 2 });
  return [first, new Exchange(SLOTS, { ranks: 2, memory: first.memory })];
}

const never = () => {
  throw new Error("it waited");
};

Deno.test("Exchange.take() sees what another rank gave in this pass, each in its place", () => {
  const [first, second] = pair();
  first.give("own", Float32Array.of(1, 2, 3), { rank: 0, pass: 7 });
  second.give("own", Float32Array.of(4, 5), { rank: 1, pass: 7 });
  first.give("shared", Float32Array.of(6, 7), { rank: 0, pass: 7 });
  const waiting = { pass: 7, watch: never };
  assertEquals([...second.take("own", 0, waiting)!], [1, 2, 3]);
  assertEquals([...first.take("own", 1, waiting)!], [4, 5, 0]);
  assertEquals([...second.take("shared", 0, waiting)!], [6, 7]);
  assertEquals(first.passOf("flag", 1), 0);
});

Deno.test("Exchange.take() waits while a slot is another pass's, and asks whether to go on", () => {
  const [first, second] = pair();
  second.give("own", Float32Array.of(1), { rank: 1, pass: 6 });
  const sleeps: number[] = [];
  const watch = (count: number) => {
    sleeps.push(count);
    if (count === 2) second.give("own", Float32Array.of(8), { rank: 1, pass: 7 });
    if (count > 3) never();
  };
  assertEquals(first.take("own", 1, { pass: 7, watch })![0], 8);
  assertEquals(sleeps, [1, 2]);
  assertThrows(() => first.take("flag", 1, { pass: 7, watch: never }), Error, "it waited");
});

Deno.test("Exchange.take() gives nothing for a slot that stays empty, but sees one filled before", () => {
  const [first, second] = pair();
  assertEquals(first.take("flag", 1, { pass: 3, watch: never, gone: () => true }), undefined);
  const gone = () => {
    second.give("own", Float32Array.of(2), { rank: 1, pass: 3 });
    return true;
  };
  assertEquals(first.take("own", 1, { pass: 3, watch: never, gone })![0], 2);
});

Deno.test("Exchange.begin() ends the pass before and puts the position back", () => {
  const [first, second] = pair();
  first.begin(1);
  first.position = 4;
  assert(second.isCurrent(1));
  assertEquals(second.position, 4);
  first.begin(2);
  assert(!second.isCurrent(1));
  assert(second.position > 1e9);
});
