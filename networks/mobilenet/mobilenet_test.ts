import { inferShapes, layerOf } from "@espalier/blueprint";
import type { Blueprint } from "@espalier/core";
import { assertEquals } from "@std/assert";
import { costs, groupsOf, Tally } from "../testing.ts";
import { mobilenetV1 } from "./mobilenet_v1.ts";
import { mobilenetV2 } from "./mobilenet_v2.ts";
import { scaled } from "./options.ts";

const norm = true;

/** Table 1 of the first paper: outputs of the 1×1 convolutions, with the strides before them. */
const SEPARABLE = [
  ...[[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2]],
  ...Array.from({ length: 5 }, () => [512, 1]),
  ...[[1024, 2], [1024, 1]],
] as [number, number][];

function tallyV1({ classes, width, side }: Record<"classes" | "width" | "side", number>): Tally {
  const tally = new Tally();
  let reads = 32 * width, size = side;
  tally.layer({ kernel: 3, reads: 3, makes: reads, side: size, norm });
  for (const [channels, stride] of SEPARABLE) {
    size /= stride;
    tally.layer({ kernel: 3, reads: 1, makes: reads, side: size, norm });
    tally.layer({ reads, makes: channels * width, side: size, norm });
    reads = channels * width;
  }
  tally.layer({ reads, makes: classes, bias: true });
  return tally;
}

// Exact counts, and what the paper's tables 6 and 7 state in millions: 569, 325, 149, 41 and 4.2, 2.6,
// 1.3, 0.5. The first number of parameters is Keras's count of trainable ones.
const FIRST = [[1, 568740352, 4231976], [0.75, 325400448, 2585560], [0.5, 149497088, 1331592], [
  0.25,
  41030272,
  470072,
]] as const;
for (const [width, macs, params] of FIRST) {
  Deno.test(`mobilenetV1() of width ${width} for ImageNet costs what is published`, () => {
    const network = mobilenetV1({ classes: 1000, family: "imagenet", width });
    assertEquals(costs(network), { macs, params });
    assertEquals({ ...tallyV1({ classes: 1000, width, side: 112 }) }, { macs, params });
  });
}

/** Table 2 of the second paper. */
const TABLE = `1 16 1 1
6 24 2 2
6 32 3 2
6 64 4 2
6 96 3 1
6 160 3 2
6 320 1 1`.split("\n").map((row) => row.split(" ").map(Number)) as [
  number,
  number,
  number,
  number,
][];

/** Widths are handed in: how they are rounded is another test. */
function tallyV2(
  { classes, widths, side, strides }: {
    readonly classes: number;
    readonly widths: readonly number[];
    readonly side: number;
    readonly strides: readonly number[];
  },
): Tally {
  const tally = new Tally();
  const [first, ...others] = widths as [number, ...number[]];
  let reads = first, size = side;
  tally.layer({ kernel: 3, reads: 3, makes: reads, side: size, norm });
  for (const [row, [expansion, , blocks]] of TABLE.entries()) {
    for (let block = 0; block < blocks; block++) {
      const inner = expansion * reads, makes = others[row]!;
      if (expansion > 1) tally.layer({ reads, makes: inner, side: size, norm });
      if (block === 0) size /= strides[row]!;
      tally.layer({ kernel: 3, reads: 1, makes: inner, side: size, norm });
      tally.layer({ reads: inner, makes, side: size, norm });
      reads = makes;
    }
  }
  tally.layer({ reads, makes: others.at(-1)!, side: size, norm });
  tally.layer({ reads: others.at(-1)!, makes: classes, bias: true });
  return tally;
}

// Keras's tables state 582, 300, 209, 97 and 59 million, and parameters without those of the norms.
const SECOND: readonly [number, macs: number, params: number, widths: readonly number[]][] = [
  [1.4, 582195824, 6108776, [48, 24, 32, 48, 88, 136, 224, 448, 1792]],
  [1, 300774272, 3504872, [32, 16, 24, 32, 64, 96, 160, 320, 1280]],
  [0.75, 209069792, 2636424, [24, 16, 24, 24, 48, 72, 120, 240, 1280]],
  [0.5, 97131840, 1968680, [16, 8, 16, 16, 32, 48, 80, 160, 1280]],
  [0.35, 59285808, 1677128, [16, 8, 8, 16, 24, 32, 56, 112, 1280]],
];
for (const [width, macs, params, widths] of SECOND) {
  Deno.test(`mobilenetV2() of width ${width} for ImageNet costs what is published`, () => {
    const network = mobilenetV2({ classes: 1000, family: "imagenet", width });
    const strides = TABLE.map((row) => row[3]);
    const tally = tallyV2({ classes: 1000, widths, side: 112, strides });
    assertEquals(costs(network), { macs, params });
    assertEquals({ ...tally }, { macs, params });
  });
}

Deno.test("mobilenetV1() and mobilenetV2() for CIFAR cost what a count by hand gives", () => {
  const first = tallyV1({ classes: 10, width: 1, side: 32 });
  assertEquals(costs(mobilenetV1({ classes: 10 })), { ...first });
  const strides = [1, 1, 2, 2, 1, 2, 1], widths = SECOND[1]![3];
  const second = tallyV2({ classes: 10, widths, side: 32, strides });
  assertEquals(costs(mobilenetV2({ classes: 10 })), { ...second });
  assertEquals([first.params, second.params], [3217226, 2236682]);
  const side = (network: Blueprint, id: string) => inferShapes(network).get(id)!.height;
  assertEquals(side(mobilenetV1({ classes: 10 }), "stage4/block1/pointwise"), 2);
  assertEquals(side(mobilenetV2({ classes: 10 }), "head"), 4);
});

Deno.test("scaled() rounds to multiples of 8, and not by more than a tenth downwards", () => {
  assertEquals([16, 24, 32, 64].map((channels) => scaled(channels, 0.35)), [8, 8, 16, 24]);
  assertEquals(scaled(20, 1), 24);
  assertEquals(scaled(4, 0.1), 8);
});

Deno.test("mobilenetV1() lets 1×1 convolutions have widths of their own, which depthwise ones follow", () => {
  const blueprint = mobilenetV1({ classes: 10 });
  const counts = [1, 2, 2, 6, 2];
  const expected = [
    ["stem"],
    ...counts.flatMap((count, s) =>
      Array.from({ length: count }, (_, b) => [`stage${s}/block${b}/pointwise`])
    ),
  ];
  for (const residual of ["project", "tie"] as const) {
    assertEquals(groupsOf(blueprint, residual), expected);
  }
  assertEquals(blueprint.stages.map(({ id }) => id), ["stage1", "stage2", "stage3", "stage4"]);
});

Deno.test("mobilenetV2() ties the outputs of a stage, or lets sums be projected", () => {
  const blueprint = mobilenetV2({ classes: 10 });
  assertEquals(blueprint.stages.map(({ blocks }) => blocks.length), [2, 3, 4, 3, 3]);
  const outputs = (stage: number, blocks: readonly number[]) =>
    blocks.map((block) => `stage${stage}/block${block}/project`);
  const groupsWith = (end: RegExp, residual: "tie" | "project") =>
    groupsOf(blueprint, residual).filter(([leader]) => end.test(layerOf(leader!)));

  assertEquals(groupsWith(/project$/, "tie"), [
    outputs(0, [0]),
    ...[[0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 2], [0, 1, 2]].map((b, s) => outputs(s + 1, b)),
    outputs(6, [0]),
  ]);
  // Two bare convolutions that meet in a sum are one decision under either rule.
  assertEquals(groupsWith(/stage2.*project$/, "project"), [outputs(2, [1, 0]), outputs(2, [2])]);
  for (const residual of ["project", "tie"] as const) {
    const alone = groupsWith(/^stem$|expand$|^head$/, residual);
    assertEquals(alone.length, 1 + 16 + 1);
    assertEquals(alone.every(({ length }) => length === 1), true);
  }
});

Deno.test("mobilenetV2() adds wherever a block's input has the shape of its output", () => {
  const sums = (options: object) =>
    mobilenetV2({ classes: 10, ...options }).nodes.filter(({ op }) => op === "add").length;
  assertEquals(sums({}), 10);
  // Of width 0.35 both first stages have 8 channels; for CIFAR the second has stride 1.
  assertEquals(sums({ width: 0.35 }), 11);
  assertEquals(sums({ width: 0.35, family: "imagenet" }), 10);
});

Deno.test("mobilenets say by their name what they are", () => {
  assertEquals(mobilenetV1({ classes: 10 }).name, "mobilenet-v1");
  assertEquals(
    mobilenetV2({ classes: 10, width: 0.5, family: "imagenet" }).name,
    "mobilenet-v2-0.5-imagenet",
  );
});
