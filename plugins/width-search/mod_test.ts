import { decisionsOf } from "@espalier/blueprint";
import { openServices, SearchSpaceToken } from "@espalier/core";
import { pluginConformance, searchSpaceConformance, toyNetwork } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import { widthSearch, type WidthSearchOptionsInput } from "./mod.ts";

const checks = [
  ...pluginConformance({
    factory: widthSearch,
    valid: [{ residual: "tie" as const }, { ratios: [0.25, 1, 1.5] }],
    invalid: [{ ratios: [0.5] }, { ratios: [0, 1] }, { ratios: [4.5, 1] }, { residual: "pad" }],
  }),
  ...searchSpaceConformance({ plugins: () => [widthSearch()] }),
  ...searchSpaceConformance({ plugins: () => [widthSearch({ residual: "tie" })] }),
];
for (const { name, fn } of checks) Deno.test(name, fn);

/** What the plugin asks about the toy network, as core takes it. */
async function decide(options: WidthSearchOptionsInput) {
  await using services = openServices([widthSearch(options)]);
  return decisionsOf(toyNetwork(), services.getAll(SearchSpaceToken));
}

Deno.test("widthSearch() decides every convolution on its own where sums are projected", async () => {
  const decisions = await decide({ ratios: [0.5, 1] });
  assertEquals(decisions.map(({ id }) => id), [
    "stem",
    "stage1/block0/conv_a",
    "stage1/block0/conv_b",
    "stage1/block1/conv_a",
    "stage1/block1/conv_b",
  ]);
  assertEquals(decisions[1], {
    id: "stage1/block0/conv_a",
    space: "width-search",
    candidates: [2, 4],
    effect: { kind: "channels", nodes: ["stage1/block0/conv_a"] },
  });
});

Deno.test("widthSearch() decides what meets in sums as one where widths are tied", async () => {
  const decisions = await decide({ ratios: [0.5, 1], residual: "tie" });
  assertEquals(
    decisions.map(({ effect }) => effect.kind === "channels" ? effect.nodes : []),
    [
      ["stem", "stage1/block0/conv_b", "stage1/block1/conv_b"],
      ["stage1/block0/conv_a"],
      ["stage1/block1/conv_a"],
    ],
  );
});

Deno.test("widthSearch() takes ratios from 0.3 to 1 by default", async () => {
  const [stem] = await decide({});
  assertEquals(stem!.candidates, [1, 2, 3, 4]);
});

Deno.test("widthSearch() may grow layers, and says what the unpruned width is", async () => {
  const [stem] = await decide({ ratios: [0.5, 1, 1.25, 1.3] });
  assertEquals([stem!.candidates, stem!.unpruned], [[2, 4, 5], 4]);
  assertEquals("unpruned" in (await decide({ ratios: [0.5, 1] }))[0]!, false);
});
