import { decisionsOf } from "@espalier/blueprint";
import { EspalierError, openServices, SearchSpaceToken } from "@espalier/core";
import { pluginConformance, searchSpaceConformance, toyNetwork } from "@espalier/testing";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { widthSearch, type WidthSearchOptionsInput } from "./mod.ts";

const checks = [
  ...pluginConformance({
    factory: widthSearch,
    valid: [{ residual: "tie" as const }, { ratios: [0.25, 1, 1.5] }, { divisor: 8 }],
    invalid: [
      ...[{ ratios: [0.5] }, { ratios: [0, 1] }, { ratios: [4.5, 1] }, { residual: "pad" }],
      ...[{ divisor: 0 }, { maxPruned: 2 }, { layers: { stem: { least: 2 } } }, { ignore: "stem" }],
    ],
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

Deno.test("widthSearch() grows by multiples of its divisor, past the limits of pruning", async () => {
  const [stem] = await decide({ ratios: [0.5, 1, 1.25, 1.5, 2], divisor: 2, minChannels: 3 });
  assertEquals([stem!.candidates, stem!.unpruned], [[4, 6, 8], 4]);
});

Deno.test("widthSearch() keeps to its limits, of all layers and by pattern", async () => {
  const [stem, conv] = await decide({ ratios: [0.3, 0.5, 0.8, 1], minChannels: 2 });
  assertEquals([stem!.candidates, conv!.candidates], [[2, 3, 4], [2, 3, 4]]);
  const limited = await decide({
    ratios: [0.3, 0.5, 0.8, 1],
    maxPruned: 0.5,
    layers: { "*conv_a": { divisor: 2, maxPruned: 1 }, "stage1/block1/*": { maxPruned: 0.2 } },
  });
  assertEquals(limited.map(({ id, candidates }) => [id, candidates]), [
    ["stem", [2, 3, 4]],
    ["stage1/block0/conv_a", [2, 4]],
    ["stage1/block0/conv_b", [2, 3, 4]],
  ]);
});

Deno.test("widthSearch() takes the strictest limits of layers that are decided as one", async () => {
  const layers = { stem: { minChannels: 3 }, "stage1/block1/conv_b": { divisor: 2 } };
  const [group] = await decide({ ratios: [0.5, 0.8, 1], residual: "tie", layers });
  // 3 of 4 is no multiple of 2, 2 is too few.
  assertEquals(group!.id, "stage1/block0/conv_a");
});

Deno.test("widthSearch() leaves out what is ignored, by outputs or by inputs", async () => {
  const ids = async (options: WidthSearchOptionsInput) =>
    (await decide(options)).map(({ id }) => id);
  assertEquals(await ids({ ignore: ["stage1/block0/*", "stem"] }), [
    "stage1/block1/conv_a",
    "stage1/block1/conv_b",
  ]);
  assertEquals(await ids({ ignoreInputs: ["stage1/block1/conv_b", "stage1/block0/conv_a"] }), [
    "stage1/block0/conv_a",
    "stage1/block0/conv_b",
    "stage1/block1/conv_b",
  ]);
  const error = await assertRejects(() => decide({ ignore: ["stage9/*"] }), EspalierError);
  assertStringIncludes(error.message, '"stage9/*"');
});
