import { costOf, inferShapes, layerOf, validateBlueprint, widthGroups } from "@espalier/blueprint";
import { type Blueprint, type Decision, EspalierError } from "@espalier/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import costs from "../../tests/fixtures/tas/costs.json" with { type: "json" };
import basicCut from "../../tests/fixtures/tas/derived-basic20-cut.json" with { type: "json" };
import bottleneckCut from "../../tests/fixtures/tas/derived-bottleneck20-cut.json" with {
  type: "json",
};
import released from "../../tests/fixtures/tas/derived-C010-ResNet20.json" with { type: "json" };
import unpruned from "../../tests/fixtures/tas/derived-unpruned-basic20.json" with { type: "json" };
import flops from "../../tests/fixtures/tas/flops.json" with { type: "json" };
import type { ResnetOptions } from "./options.ts";
import { releasedShape, type ReleasedShapeName } from "./released_shape.ts";
import { resnet } from "./resnet.ts";
import { parseShape } from "./parse_shape.ts";
import { blueprintOfShape, type ResnetShape, shapeOf } from "./shape.ts";
import { shapeNotes } from "./shape_notes.ts";
import { macs, params } from "./testing.ts";

interface Counts {
  readonly macs: number;
  readonly macsWithBias: number;
  readonly params: number;
}

function countsOf(blueprint: Blueprint, classes: number): Counts {
  const { total } = costOf(blueprint, macs);
  return { macs: total, macsWithBias: total + classes, params: costOf(blueprint, params).total };
}

/** Rows as in the fixture: name, kernel, in, out, side of the output, multiply-adds. */
function convolutionsOf(blueprint: Blueprint): (string | number)[][] {
  const shapes = inferShapes(blueprint);
  const { byNode } = costOf(blueprint, macs);
  return blueprint.nodes.flatMap((node) => {
    if (node.op !== "conv" && node.op !== "dense") return [];
    const kernel = node.op === "conv" ? node.kernel[0] : 1;
    const { channels } = shapes.get(node.inputs[0]!)!;
    const { height } = shapes.get(node.id)!;
    return [[node.id, kernel, channels, node.channels, height, byNode[node.id]!]];
  });
}

type Case = typeof costs.shapes[number];

function networkOf({ family, block, classes, depth = 18 }: Case): ResnetOptions {
  return {
    depth,
    classes,
    family: family as "cifar" | "imagenet",
    block: block as "basic" | "bottleneck",
  };
}

for (const entry of costs.shapes) {
  Deno.test(`blueprintOfShape() of ${entry.name} counts as the reference, to the unit`, () => {
    const { widths, depths } = entry;
    const blueprint = blueprintOfShape({ network: networkOf(entry), widths, depths });
    validateBlueprint(blueprint);
    const { macs, macsWithBias, params } = entry;
    assertEquals(countsOf(blueprint, entry.classes), { macs, macsWithBias, params });
    assertEquals(convolutionsOf(blueprint), entry.convolutions);
    assertEquals(
      blueprint.nodes.filter(({ origin }) => origin?.node === null).length,
      entry.extraShortcuts,
    );
  });
}

const countable = flops.cases.filter(({ built }) => built !== null);
Deno.test("blueprintOfShape() counts as the reference for shapes of random logits", () => {
  assertEquals(countable.length, 11);
  for (const { family, network, widths, depths, built } of countable) {
    const { block, depth = 18, classes } = network;
    const options = { depth, classes, family, block } as ResnetOptions;
    const shape = { network: options, widths: widths ?? fullWidths(options), depths };
    assertEquals(countsOf(blueprintOfShape(shape), classes), built!);
  }
});

function fullWidths(network: ResnetOptions): readonly number[] {
  return shapeOf(network, { decisions: [], choices: {} }).widths;
}

for (
  const { shape, network, widths, depths, convolutions } of [
    basicCut,
    bottleneckCut,
    released,
    unpruned,
  ]
) {
  Deno.test(`blueprintOfShape() of a ${network.block} network (${shape}) has its norms`, () => {
    const { block, depth, classes } = network;
    const options = { depth, classes, block } as ResnetOptions;
    const blueprint = blueprintOfShape({ network: options, widths, depths });
    const shapes = inferShapes(blueprint);
    const rows = blueprint.nodes.flatMap((node) =>
      node.op === "conv"
        ? [[node.id, shapes.get(node.inputs[0]!)!.channels, node.channels, node.norm ? 1 : 0]]
        : []
    );
    assertEquals(rows, convolutions);
  });
}

const names: readonly ReleasedShapeName[] = [
  "C010-ResNet20",
  "C010-ResNet56",
  "C010-ResNet164",
  "C100-ResNet32",
  "ImageNet-ResNet18V1",
];
for (const name of names) {
  Deno.test(`releasedShape() of ${name} is that of the reference`, () => {
    const entry = costs.shapes.find((shape) => shape.name === name)!;
    const { network, widths, depths } = releasedShape(name);
    assertEquals([widths, depths], [entry.widths, entry.depths]);
    assertEquals(
      resnet(network),
      resnet(networkOf(entry)),
    );
  });
}

/**
 * Multiply-adds and parameters of an ImageNet ResNet-50 of any widths, block by block: 7×7 stem, three
 * convolutions a block, a 1×1 convolution at the first block of each stage and where the ends of a block
 * differ in width.
 */
function countResnet50({ widths, depths }: Pick<ResnetShape, "widths" | "depths">) {
  const counts = { macs: 0, params: 0 };
  const count = (kernel: number, input: number, output: number, side: number) => {
    counts.macs += kernel ** 2 * input * output * side ** 2;
    counts.params += kernel ** 2 * input * output + 2 * output;
  };
  let channels = widths[0]!, next = 1;
  count(7, 3, channels, 112);
  for (const [s, blocks] of [3, 4, 6, 3].entries()) {
    const side = 56 / 2 ** s;
    for (let b = 0; b < blocks; b++, next += 3) {
      if (b >= depths[s]!) continue;
      const [first, second, third] = widths.slice(next, next + 3) as [number, number, number];
      const halves = s > 0 && b === 0;
      count(1, channels, first, halves ? 2 * side : side);
      count(3, first, second, side);
      count(1, second, third, side);
      if (b === 0 || channels !== third) count(1, channels, third, side);
      channels = third;
    }
  }
  const dense = 1000 * channels;
  return { macs: counts.macs + dense, params: counts.params + dense + 1000 };
}

const resnet50: ResnetOptions = { family: "imagenet", depth: 50, classes: 1000 };
const grid = (channels: number) =>
  [3, 4, 5, 6, 7, 8, 9, 10].map((tenths) => Math.floor(channels * tenths / 10));

/** A search over the paper's ratios of every width, and the depths of ImageNet. */
function paperSearch(): Decision[] {
  const blueprint = resnet(resnet50);
  const shapes = inferShapes(blueprint);
  return [
    ...widthGroups(blueprint, { residual: "project" }).map((nodes): Decision => ({
      ...{ id: layerOf(nodes[0]!), space: "width" },
      candidates: grid(shapes.get(layerOf(nodes[0]!))!.channels),
      effect: { kind: "channels", nodes },
    })),
    ...[[1, 2, 3], [1, 2, 4], [2, 4, 6], [1, 2, 3]].map((candidates, s): Decision => ({
      ...{ id: `stage${s}`, space: "depth", candidates },
      effect: { kind: "exit", stage: `stage${s}` },
    })),
  ];
}

Deno.test("releasedShape() of ImageNet-ResNet50V1 is read, and noted as out of reach", () => {
  const shape = releasedShape("ImageNet-ResNet50V1");
  const { macs, params } = countsOf(blueprintOfShape(shape), 1000);
  assertEquals({ macs, params }, { macs: 2_309_248_169, params: 18_624_362 });
  assertEquals(countResnet50(shape), { macs, params });
  const notes = shapeNotes(shape, { decisions: paperSearch() });
  assertEquals(notes.length, 13 + 1);
  assertEquals(
    notes[0],
    "widths[0] (stem) is 45: no candidate of 19, 25, 32, 38, 44, 51, 57, 64",
  );
  assertEquals(notes.filter((note) => note.includes("wider than the unpruned 64")).map(nameIn), [
    "stage0/block2/conv_a",
    "stage0/block2/conv_b",
  ]);
  assertEquals(notes.at(-1), "depths[2] (stage2) is 5: no candidate of 2, 4, 6");
});

const nameIn = (note: string) => note.match(/\(([^)]*)\)/)![1];

Deno.test("blueprintOfShape() reads every shape whose structure fits, exact to the unit", () => {
  const widths = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 49, maxLength: 49 });
  const depths = fc.tuple(...[3, 4, 6, 3].map((max) => fc.integer({ min: 1, max })));
  fc.assert(fc.property(fc.record({ widths, depths }), (numbers) => {
    const blueprint = blueprintOfShape({ network: resnet50, ...numbers });
    validateBlueprint(blueprint);
    const { macs, params } = countsOf(blueprint, 1000);
    assertEquals({ macs, params }, countResnet50(numbers));
  }));
});

Deno.test("releasedShape() names the shapes that exist", () => {
  const error = assertThrows(
    () => releasedShape("C010-ResNet18" as ReleasedShapeName),
    EspalierError,
    "C100-ResNet32",
  );
  assertEquals(error.code, "ERR_SHAPE_INVALID");
});

const network: ResnetOptions = { depth: 20, classes: 10 };
const shape: ResnetShape = {
  network,
  widths: [16, 6, 4, 4, 4, 4, 4, 32, 32, 12, 19, 32, 28, 64, 64, 64, 64, 64, 44],
  depths: [3, 2, 1],
};

function decisionsOf(residual: "project" | "tie"): Decision[] {
  const blueprint = resnet(network);
  return [
    ...widthGroups(blueprint, { residual }).map((nodes): Decision => ({
      id: layerOf(nodes[0]!),
      space: "width",
      candidates: [64],
      effect: { kind: "channels", nodes },
    })),
    ...blueprint.stages.map(({ id, blocks }): Decision => ({
      id,
      space: "depth",
      candidates: [blocks.length],
      effect: { kind: "exit", stage: id },
    })),
  ];
}

Deno.test("shapeOf() reads off what a search chose", () => {
  const decisions = decisionsOf("project");
  const values = [...shape.widths, ...shape.depths];
  const choices = Object.fromEntries(decisions.map(({ id }, i) => [id, values[i]!]));
  assertEquals(shapeOf(network, { decisions, choices }), shape);
});

Deno.test("shapeOf() spreads a tied width over its rows", () => {
  const decisions = decisionsOf("tie").slice(0, 1);
  const { widths } = shapeOf(network, { decisions, choices: { stem: 7 } });
  assertEquals(widths.slice(0, 8), [7, 16, 7, 16, 7, 16, 7, 32]);
});

Deno.test("shapeOf() describes layers that grew, which parseShape() reads back", () => {
  const [stem] = decisionsOf("project");
  const decisions = [{ ...stem!, candidates: [8, 16, 20], unpruned: 16 }];
  const grown = shapeOf(network, { decisions, choices: { stem: 20 } });
  assertEquals(grown.widths.slice(0, 3), [20, 16, 16]);
  assertEquals(parseShape(JSON.stringify(grown)), grown);
});

Deno.test("shapeNotes() has none for a shape that a search finds, and names what is decided as one", () => {
  const decisions = decisionsOf("tie").map((decision) => ({
    ...decision,
    candidates: decision.effect.kind === "exit" ? [1, 2, 3] : [4, 6, 8, 16, 32, 64],
  }));
  const full = shapeOf(network, { decisions: [], choices: {} });
  assertEquals(shapeNotes(full, { decisions }), []);
  assertEquals(shapeNotes(full, { decisions: [] }), []);
  const uneven = { ...full, widths: full.widths.with(2, 8) };
  assertEquals(shapeNotes(uneven, { decisions }), [
    '"stem" has 16 and 8 channels: they are decided as one',
  ]);
  assertEquals(shapeNotes(uneven, { decisions: [] }), [
    "widths[2] (stage0/block0/conv_b) is 8: no candidate of 16",
  ]);
  const cut = { ...uneven, widths: full.widths.with(6, 5), depths: [2, 3, 3] };
  assertEquals(shapeNotes(cut, { decisions }), []);
});

Deno.test("shapeOf() refuses a shortcut that is not as wide as its block", () => {
  const id = "stage1/block0/shortcut";
  const decisions: Decision[] = [{
    id,
    space: "own",
    candidates: [8, 32],
    effect: { kind: "channels", nodes: [id] },
  }];
  const error = assertThrows(
    () => shapeOf(network, { decisions, choices: { [id]: 8 } }),
    EspalierError,
    "stage1/block0/conv_b and stage1/block0/shortcut have 32 and 8 channels",
  );
  assertEquals(error.code, "ERR_SHAPE_INVALID");
});

Deno.test("shapeOf() refuses what is decided apart from the rest of its layer", () => {
  const nodes = [{ layer: "stem", from: 0, count: 8 }];
  const decisions: Decision[] = [{
    ...{ id: "stem[0:8]", space: "own", candidates: [4, 8] },
    effect: { kind: "channels", nodes },
  }];
  const refused = () => shapeOf(network, { decisions, choices: { "stem[0:8]": 4 } });
  assertThrows(refused, EspalierError, "stem[0:8] is decided apart");
});

Deno.test("parseShape() reads what JSON.stringify wrote", () => {
  assertEquals(parseShape(JSON.stringify(shape)), shape);
  assertEquals(parseShape(JSON.stringify(shape), { network: { ...network, size: 32 } }), shape);
});

function changed(index: number, width: number): ResnetShape {
  return { ...shape, widths: shape.widths.with(index, width) };
}

const wrong: readonly [what: string, text: string][] = [
  ["it is not JSON", '{"network"'],
  ["widths[2]: ", JSON.stringify(changed(2, 0))],
  ["widths[2]: ", JSON.stringify(changed(2, -4))],
  ["widths[2]: ", JSON.stringify(changed(2, 4.5))],
  ["widths[2]: ", JSON.stringify(shape).replace("[16,6,4", '[16,6,"4"')],
  ["widths has 18 entries, not 19", JSON.stringify({ ...shape, widths: shape.widths.slice(1) })],
  ["depths has 4 entries, not 3", JSON.stringify({ ...shape, depths: [3, 3, 3, 3] })],
  ["depths[1] (stage1) is 4, not 1 … 3", JSON.stringify({ ...shape, depths: [3, 4, 3] })],
  ["depths[2]: ", JSON.stringify({ ...shape, depths: [3, 3, 0] })],
  ["network.depth is 21", JSON.stringify({ ...shape, network: { ...network, depth: 21 } })],
  ["network.classes: ", JSON.stringify({ ...shape, network: { depth: 20 } })],
  ["network.block: ", JSON.stringify({ ...shape, network: { ...network, block: "wide" } })],
  [
    "widths has 19 entries, not 31",
    JSON.stringify({ ...shape, network: { ...network, depth: 32 } }),
  ],
  ["the shape: ", JSON.stringify({ ...shape, channels: [] })],
  ["the shape: ", "null"],
  ["depths: ", JSON.stringify({ network, widths: shape.widths })],
];
for (const [what, text] of wrong) {
  Deno.test(`parseShape() refuses a shape: ${what} ${text.slice(0, 60)}`, () => {
    const error = assertThrows(() => parseShape(text), EspalierError, "Cannot use the shape");
    assertEquals(error.code, "ERR_SHAPE_INVALID");
    assertStringIncludes(error.message, what);
  });
}

for (const other of [{ depth: 32, classes: 10 }, { depth: 20, classes: 100 }]) {
  Deno.test(`parseShape() refuses a shape for another network than ${JSON.stringify(other)}`, () => {
    const error = assertThrows(
      () => parseShape(JSON.stringify(shape), { network: other }),
      EspalierError,
      "it is for resnet20 with 10 classes and 32×32 images, not for",
    );
    assertEquals(error.code, "ERR_SHAPE_INVALID");
  });
}
