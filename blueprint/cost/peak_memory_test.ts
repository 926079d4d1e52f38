import type { BlueprintNode, NodeId, PlacedNetwork } from "@espalier/core";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { peakMemory } from "./peak_memory.ts";

type Placed = readonly [op: "activation" | "add" | "concat" | "flatten", ...inputs: number[]];

/** Values of so many floats, the first an input. */
function networkOf(
  floats: readonly number[],
  { placed, outputs }: { readonly placed: readonly Placed[]; readonly outputs: readonly number[] },
): PlacedNetwork {
  const of = (i: number) => ({ height: 1, width: 1, channels: floats[i]! });
  const first: BlueprintNode = { id: "0", op: "input", inputs: [], shape: [1, 1, floats[0]!] };
  return {
    nodes: [
      { node: first, inputs: [], output: of(0) },
      ...placed.map(([op, ...inputs], i) => {
        const base = { id: `${i + 1}`, inputs: inputs.map((input): NodeId => `${input}`) };
        const node = op === "activation" ? { ...base, op, activation: "relu" as const } : {
          ...base,
          op,
        };
        return { node: node as BlueprintNode, inputs, output: of(i + 1) };
      }),
    ],
    outputs,
  };
}

Deno.test("peakMemory() of a chain is that of the two largest neighbours", () => {
  const chain: Placed[] = [["activation", 0], ["activation", 1], ["activation", 2]];
  assertEquals(peakMemory(networkOf([3, 8, 5, 1], { placed: chain, outputs: [3] })), 4 * (8 + 5));
});

Deno.test("peakMemory() holds what is read later, and outputs to the end", () => {
  const residual: Placed[] = [["activation", 0], ["activation", 1], ["add", 2, 0]];
  // 0 (10), 1 (1) and 2 (2); then 2, 0 and the sum of 10.
  assertEquals(peakMemory(networkOf([10, 1, 2, 10], { placed: residual, outputs: [3] })), 4 * 22);
  const two: Placed[] = [["activation", 0], ["activation", 1], ["activation", 2]];
  // 1 is an output: at the end it is there beside 2 and 3.
  assertEquals(peakMemory(networkOf([1, 9, 2, 3], { placed: two, outputs: [1, 3] })), 4 * 14);
});

Deno.test("peakMemory() counts a reshaped value once, for as long as either is read", () => {
  const views: Placed[] = [["flatten", 0], ["activation", 1], ["concat", 2, 1]];
  assertEquals(peakMemory(networkOf([6, 6, 1, 7], { placed: views, outputs: [3] })), 4 * 14);
});

Deno.test("peakMemory() lies between the most that a node touches and all values", () => {
  const chains = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 50 })), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(fc.property(chains, (chain) => {
    const floats = [4, ...chain.map(([, , size]) => size)];
    const placed = chain.map(([a, b], i): Placed => ["concat", a % (i + 1), b % (i + 1)]);
    const peak = peakMemory(networkOf(floats, { placed, outputs: [chain.length] }));
    const touched = placed.map(([, ...inputs], i) =>
      4 * [...new Set([...inputs as number[], i + 1])].reduce((sum, at) => sum + floats[at]!, 0)
    );
    assertEquals(peak >= Math.max(...touched), true);
    assertEquals(peak <= 4 * floats.reduce((sum, size) => sum + size, 0), true);
  }));
});
