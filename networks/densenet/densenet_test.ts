import { inferShapes } from "@espalier/blueprint";
import { EspalierError } from "@espalier/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { costs, groupsOf, Tally } from "../testing.ts";
import { densenet } from "./densenet.ts";
import type { DensenetOptions } from "./options.ts";

interface Counted {
  readonly layers: readonly number[];
  readonly growth: number;
  /** Whether layers have a bottleneck and transitions halve. */
  readonly bc: boolean;
  /** Height and width of the first block's images. */
  readonly side: number;
  readonly channels: number;
  readonly classes: number;
}

/** All but the stem. */
function count(tally: Tally, { layers, growth, bc, side, channels, classes }: Counted): Tally {
  let reads = channels, size = side;
  for (const [b, length] of layers.entries()) {
    for (let l = 0; l < length; l++) {
      tally.norm(reads);
      if (bc) tally.layer({ reads, makes: 4 * growth, side: size, norm: true });
      tally.layer({ kernel: 3, reads: bc ? 4 * growth : reads, makes: growth, side: size });
      reads += growth;
    }
    tally.norm(reads);
    if (b < layers.length - 1) {
      const makes = bc ? reads / 2 : reads;
      tally.layer({ reads, makes, side: size });
      reads = makes;
      size /= 2;
    }
  }
  tally.layer({ reads, makes: classes, bias: true });
  return tally;
}

// Parameters and billions of multiply-adds that torchvision states.
const zoo: readonly [depth: number, params: number, billions: number, layers: number[]][] = [
  [121, 7978856, 2.834, [6, 12, 24, 16]],
  [161, 28681000, 7.728, [6, 12, 36, 24]],
  [169, 14149480, 3.36, [6, 12, 32, 32]],
  [201, 20013928, 4.291, [6, 12, 48, 32]],
];
for (const [depth, params, billions, layers] of zoo) {
  Deno.test(`densenet() of depth ${depth} for ImageNet costs what is published`, () => {
    const growth = depth === 161 ? 48 : 32, tally = new Tally();
    tally.layer({ kernel: 7, reads: 3, makes: 2 * growth, side: 112, norm: true });
    const rest = { growth, bc: true, side: 56, channels: 2 * growth, classes: 1000 };
    count(tally, { layers, ...rest });
    assertEquals(costs(densenet({ depth, classes: 1000, family: "imagenet" })), { ...tally });
    assertEquals(tally.params, params);
    assertEquals(Math.round(tally.macs / 1e6) / 1e3, billions);
  });
}

// Exact counts of what table 2 of the paper states in millions: 1.0, 7.0, 27.2; 0.8, 15.3, 25.6.
const cifar: readonly [depth: number, growth: number, bc: boolean, params: number][] = [
  [40, 12, false, 1019722],
  [100, 12, false, 6979642],
  [100, 24, false, 27249082],
  [100, 12, true, 769162],
  [250, 24, true, 15324406],
  [190, 40, true, 25624430],
];
for (const [depth, growth, bc, params] of cifar) {
  Deno.test(`densenet() of depth ${depth}, growth ${growth}${bc ? ", BC" : ""} costs what is published`, () => {
    const channels = bc ? 2 * growth : 16, tally = new Tally();
    tally.layer({ kernel: 3, reads: 3, makes: channels, side: 32 });
    const layers = Array<number>(3).fill((depth - 4) / (bc ? 6 : 3));
    count(tally, { layers, growth, bc, side: 32, channels, classes: 10 });
    const block = bc ? "bottleneck" : "basic";
    assertEquals(costs(densenet({ depth, growth, block, classes: 10 })), { ...tally });
    assertEquals(tally.params, params);
  });
}

Deno.test("densenet() halves the images between its blocks", () => {
  const shapes = inferShapes(densenet({ depth: 121, classes: 1000, family: "imagenet" }));
  assertEquals(shapes.get("stem_pool"), { height: 56, width: 56, channels: 64 });
  assertEquals(shapes.get("block0/layer5/concat"), { height: 56, width: 56, channels: 256 });
  assertEquals(shapes.get("transition0/pool"), { height: 28, width: 28, channels: 128 });
  assertEquals(shapes.get("norm"), { height: 7, width: 7, channels: 1024 });
});

Deno.test("densenet() lets every convolution have a width of its own, and no layer be cut", () => {
  const blueprint = densenet({ depth: 16, block: "bottleneck", classes: 10 });
  const layer = (b: number, l: number) => ["a", "b"].map((c) => [`block${b}/layer${l}/conv_${c}`]);
  const expected = [
    ["stem"],
    ...[0, 1, 2].flatMap((b) => [
      ...[0, 1].flatMap((l) => layer(b, l)),
      ...b < 2 ? [[`transition${b}/conv`]] : [],
    ]),
  ];
  for (const residual of ["project", "tie"] as const) {
    assertEquals(groupsOf(blueprint, residual), expected);
  }
  assertEquals(blueprint.stages, []);
});

Deno.test("densenet() says by its name what it is", () => {
  const name = (options: object) => densenet({ depth: 40, classes: 10, ...options }).name;
  assertEquals(name({}), "densenet40-12");
  assertEquals(name({ depth: 100, growth: 24, block: "bottleneck" }), "densenet100-24-bc");
  assertEquals(name({ depth: 161, family: "imagenet" }), "densenet161-48-imagenet");
});

const refused: readonly [advice: string, options: Omit<DensenetOptions, "classes">][] = [
  ["a CIFAR DenseNet of basic layers as it has no such depth: 41. Use 40 or 43.", { depth: 41 }],
  ["Use 40 or 46.", { depth: 43, block: "bottleneck" }],
  ["Use 7.", { depth: 4 }],
  ["Use 169 or 172.", { depth: 170 }],
  ["Use 199 or 202, or family", { depth: 201 }],
  ["Use 121 or 161.", { depth: 130, family: "imagenet" }],
  ["of basic layers as it has no such depth: 121", {
    depth: 121,
    family: "imagenet",
    block: "basic",
  }],
];
for (const [advice, options] of refused) {
  Deno.test(`densenet() refuses ${JSON.stringify(options)}`, () => {
    const error = assertThrows(() => densenet({ ...options, classes: 10 }), EspalierError);
    assertEquals(error.code, "ERR_NETWORK_DEPTH");
    assertStringIncludes(error.message, advice);
  });
}

Deno.test("densenet() refuses images that its pools leave nothing of", () => {
  const build = (size: number) => densenet({ depth: 7, classes: 10, size });
  assertEquals(assertThrows(() => build(3), EspalierError).code, "ERR_BLUEPRINT_INVALID");
  build(4);
});
