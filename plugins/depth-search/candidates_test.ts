import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import flops from "../../tests/fixtures/tas/flops.json" with { type: "json" };
import { oddDepths, proportionalDepths } from "./candidates.ts";

Deno.test("oddDepths() gives the candidates of the official code", () => {
  for (const { network, depthCandidates } of flops.cases) {
    if (depthCandidates === undefined) continue;
    assertEquals(network.stageBlocks.map(oddDepths), depthCandidates);
  }
});

Deno.test("oddDepths() steps by two from more than three blocks on, and ends with all", () => {
  assertEquals([1, 2, 3, 4, 5, 6].map(oddDepths), [
    [1],
    [1, 2],
    [1, 2, 3],
    [1, 3, 4],
    [1, 3, 5],
    [1, 3, 5, 6],
  ]);
});

Deno.test("proportionalDepths() cuts every stage in as many parts as the shortest one has blocks", () => {
  const resnet101 = [3, 4, 23, 3];
  assertEquals(resnet101.map((blocks) => proportionalDepths(blocks, 3)), [
    [1, 2, 3],
    [1, 2, 4],
    [7, 15, 23],
    [1, 2, 3],
  ]);
  assertEquals(proportionalDepths(4, 1), [4]);
});

Deno.test("oddDepths() and proportionalDepths() ascend from at least 1 to all blocks", () => {
  const depths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(depths, (stages) => {
    const shortest = Math.min(...stages);
    for (const blocks of stages) {
      for (const candidates of [oddDepths(blocks), proportionalDepths(blocks, shortest)]) {
        assertEquals(candidates.at(-1), blocks);
        assert(candidates.every((value, i) => value > (i === 0 ? 0 : candidates[i - 1]!)));
      }
    }
  }));
});
