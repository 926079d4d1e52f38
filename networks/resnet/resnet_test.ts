import { costOf, inferShapes, validateBlueprint, widthGroups } from "@espalier/blueprint";
import { type Blueprint, type ConvNode, EspalierError } from "@espalier/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import costs from "../../tests/fixtures/tas/costs.json" with { type: "json" };
import basicSearch from "../../tests/fixtures/tas/shape-basic26-tau1.json" with { type: "json" };
import bottleneckSearch from "../../tests/fixtures/tas/width-bottleneck11-tau1.json" with {
  type: "json",
};
import type { ResnetBlock, ResnetOptions } from "./options.ts";
import { resnet } from "./resnet.ts";
import { macs, params } from "./testing.ts";

function convOf(blueprint: Blueprint, id: string): ConvNode {
  return blueprint.nodes.find((node) => node.id === id && node.op === "conv") as ConvNode;
}

for (const { name, family, block, classes, depth = 18, unpruned } of costs.shapes) {
  Deno.test(`resnet() costs what the unpruned network of ${name} does`, () => {
    const network = resnet({
      depth,
      classes,
      family: family as "cifar" | "imagenet",
      projectionNorm: true,
    });
    validateBlueprint(network);
    assertEquals(network.nodes.some(({ id }) => id.endsWith("conv_c")), block === "bottleneck");
    assertEquals(costOf(network, macs).total, unpruned.macs);
    assertEquals(costOf(network, params).total, unpruned.params);
  });
}

// Multiply-adds and parameters that PyTorch's model zoo states for the same networks.
const zoo: readonly [depth: number, macs: number, params: number][] = [
  [18, 1814073344, 11689512],
  [34, 3663761408, 21797672],
  [50, 4089184256, 25557032],
  [101, 7801405440, 44549160],
  [152, 11513626624, 60192808],
];
for (const [depth, stated, parameters] of zoo) {
  Deno.test(`resnet() of depth ${depth} for ImageNet costs what is published`, () => {
    const network = resnet({ depth, classes: 1000, family: "imagenet" });
    validateBlueprint(network);
    assertEquals(costOf(network, params).total, parameters);
    assertEquals(costOf(network, macs).total, stated);
    assertEquals(inferShapes(network).get("stem_pool"), { height: 56, width: 56, channels: 64 });
  });
}

for (const { network, rows } of [basicSearch, bottleneckSearch]) {
  Deno.test(`resnet() of depth ${network.depth} has the rows of the reference`, () => {
    const blueprint = resnet({
      depth: network.depth,
      classes: 10,
      block: network.block as ResnetBlock,
    });
    const groups = widthGroups(blueprint, { residual: "project" });
    assertEquals(groups.map(([leader]) => leader), rows);
    const last = network.block === "basic" ? "conv_b" : "conv_c";
    assertEquals(
      groups.find(([leader]) => leader === `stage1/block0/${last}`),
      [`stage1/block0/${last}`, "stage1/block0/shortcut"],
    );
  });
}

Deno.test("resnet() ties one width a stage, and those of the stem with the first", () => {
  const groups = widthGroups(resnet({ depth: 20, classes: 10 }), { residual: "tie" });
  assertEquals(groups.length, 3 + 9);
  assertEquals(groups[0], ["stem", ...[0, 1, 2].map((b) => `stage0/block${b}/conv_b`)]);
});

Deno.test("resnet() norms its shortcuts as the reference does", () => {
  const cifar = convOf(resnet({ depth: 20, classes: 10 }), "stage1/block0/shortcut");
  assertEquals([cifar.norm, cifar.searchNorm], [undefined, { epsilon: 1e-5, momentum: 0.9 }]);
  const bottleneck = { depth: 20, classes: 10, block: "bottleneck" } as const;
  const [first, normed] = [{}, { projectionNorm: true }].map((options) =>
    convOf(resnet({ ...bottleneck, ...options }), "stage0/block0/shortcut")
  );
  assertEquals([first!.norm, first!.strides], [undefined, [1, 1]]);
  assertEquals(normed!.norm, { epsilon: 1e-5, momentum: 0.9 });
  const imagenet = resnet({ depth: 18, classes: 1000, family: "imagenet" });
  assertEquals(convOf(imagenet, "stage1/block0/shortcut").norm?.epsilon, 1e-5);
});

Deno.test("resnet() takes basic blocks below 164 layers and bottlenecks from there", () => {
  const blocks = (depth: number) =>
    resnet({ depth, classes: 10 }).nodes.some(({ id }) => id.endsWith("conv_c"));
  assertEquals([8, 20, 56, 110, 1202].map(blocks), [false, false, false, false, false]);
  assertEquals([11, 29, 164].map(blocks), [true, true, true]);
  assertEquals(resnet({ depth: 20, classes: 10 }).name, "resnet20");
  assertEquals(resnet({ depth: 20, classes: 10, block: "bottleneck" }).name, "resnet20-bottleneck");
  assertEquals(resnet({ depth: 18, classes: 5, family: "imagenet" }).name, "resnet18-imagenet");
});

const refused: readonly [advice: string, options: Omit<ResnetOptions, "classes">][] = [
  ["Use 20 or 26", { depth: 22 }],
  ["Use 11 or 20", { depth: 14, block: "bottleneck" }],
  ["Use 14 or 20, or family", { depth: 18 }],
  ["Use 8", { depth: 2 }],
  ["Use 8", { depth: -4 }],
  ["Use 18 or 34", { depth: 20, family: "imagenet" }],
  ["Use 50", { depth: 18, family: "imagenet", block: "bottleneck" }],
  ["Use 152", { depth: 999, family: "imagenet" }],
  ["Use 20 or 26", { depth: 20.5 }],
  ["Use 152", { depth: 1e15, family: "imagenet" }],
];
for (const [advice, options] of refused) {
  Deno.test(`resnet() refuses ${JSON.stringify(options)}`, () => {
    const error = assertThrows(() => resnet({ ...options, classes: 10 }), EspalierError);
    assertEquals(error.code, "ERR_NETWORK_DEPTH");
    assertStringIncludes(error.message, advice);
  });
}
