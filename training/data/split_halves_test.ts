import { createRandom } from "@espalier/core";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { type Halves, splitHalves } from "./split_halves.ts";

const CLASSES = 4;
const LABELS = fc.array(fc.nat(CLASSES - 1), { maxLength: 60 });

function halves(labels: ArrayLike<number>, seed: number): Halves {
  return splitHalves(labels, { classes: CLASSES, random: createRandom(seed).stream("halves") });
}

Deno.test("splitHalves() puts every image into exactly one half", () => {
  fc.assert(fc.property(LABELS, fc.maxSafeNat(), (labels, seed) => {
    const { weights, architecture } = halves(labels, seed);
    const all = [...weights, ...architecture].sort((a, b) => a - b);
    assertEquals(all, labels.map((_, i) => i));
  }));
});

Deno.test("splitHalves() gives halves that differ by at most one, by class and in all", () => {
  fc.assert(fc.property(LABELS, fc.maxSafeNat(), (labels, seed) => {
    const { weights, architecture } = halves(labels, seed);
    const count = (half: Int32Array, label: number) =>
      half.filter((i) => labels[i] === label).length;
    for (let label = 0; label < CLASSES; label++) {
      assert(Math.abs(count(weights, label) - count(architecture, label)) <= 1);
    }
    assert(Math.abs(weights.length - architecture.length) <= 1);
  }));
});

Deno.test("splitHalves() depends on the random source alone and keeps rising order", () => {
  const labels = Uint8Array.from({ length: 200 }, (_, i) => i % CLASSES);
  const first = halves(labels, 1);
  assertEquals(halves(labels, 1), first);
  assertNotEquals(halves(labels, 2), first);
  assertEquals(first.weights, first.weights.toSorted());
  assertEquals(first.architecture, first.architecture.toSorted());
});
