import { createRandom, type Decision } from "@espalier/core";
import { assert, assertEquals } from "@std/assert";
import { crossed, mutated } from "./mod.ts";

const decisions = Array.from({ length: 1000 }, (_, i): Decision => ({
  id: `conv${i}`,
  space: "width",
  candidates: [1, 2, 3, 4],
  effect: { kind: "channels", nodes: [`conv${i}`] },
}));
const all = (value: number) => Object.fromEntries(decisions.map(({ id }) => [id, value]));
const random = () => createRandom(1).stream("test");
const share = (choices: Readonly<Record<string, number>>, value: number) =>
  Object.values(choices).filter((chosen) => chosen === value).length / decisions.length;

Deno.test("mutated() draws as many decisions anew as it is told, uniformly", () => {
  assertEquals(mutated(all(1), { decisions, random: random(), probability: 0 }), all(1));
  const some = mutated(all(1), { decisions, random: random(), probability: 0.4 });
  // Of 40 % a quarter is the same again: 0.7, with a deviation of 0.0145.
  assert(Math.abs(share(some, 1) - 0.7) < 0.06);
  for (const value of [2, 3, 4]) assert(Math.abs(share(some, value) - 0.1) < 0.04);
});

Deno.test("crossed() takes each decision of either parent", () => {
  const child = crossed([all(1), all(4)], { decisions, random: random() });
  assert(Math.abs(share(child, 1) - 0.5) < 0.07);
  assertEquals(share(child, 1) + share(child, 4), 1);
  assertEquals(crossed([all(2), all(2)], { decisions, random: random() }), all(2));
});
