import { inferShapes } from "@espalier/blueprint";
import { EspalierError } from "@espalier/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { costs, groupsOf, Tally } from "../testing.ts";
import { vgg } from "./vgg.ts";

/** As torchvision writes them: widths, and M for a pool. */
const CONFIGURATIONS: Readonly<Record<number, string>> = {
  11: "64 M 128 M 256 256 M 512 512 M 512 512 M",
  13: "64 64 M 128 128 M 256 256 M 512 512 M 512 512 M",
  16: "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M",
  19: "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512 M",
};

function features(depth: number, { side, bias, norm }: Record<"side" | "bias" | "norm", unknown>) {
  const tally = new Tally();
  let reads = 3, size = Number(side);
  for (const word of CONFIGURATIONS[depth]!.split(" ")) {
    if (word === "M") size /= 2;
    else {
      const makes = Number(word);
      tally.layer({
        kernel: 3,
        reads,
        makes,
        side: size,
        bias: bias === true,
        norm: norm === true,
      });
      reads = makes;
    }
  }
  return tally;
}

// Parameters that torchvision states, with norms and without, and its multiply-adds in billions.
const zoo: readonly [depth: number, normed: number, plain: number, billions: number][] = [
  [11, 132868840, 132863336, 7.61],
  [13, 133053736, 133047848, 11.31],
  [16, 138365992, 138357544, 15.47],
  [19, 143678248, 143667240, 19.63],
];
for (const [depth, normed, plain, billions] of zoo) {
  Deno.test(`vgg() of depth ${depth} for ImageNet costs what is published`, () => {
    for (const batchNorm of [true, false]) {
      const tally = features(depth, { side: 224, bias: true, norm: batchNorm });
      tally.layer({ reads: 7 * 7 * 512, makes: 4096, bias: true });
      tally.layer({ reads: 4096, makes: 4096, bias: true });
      tally.layer({ reads: 4096, makes: 1000, bias: true });
      const network = vgg({ depth, classes: 1000, family: "imagenet", batchNorm });
      assertEquals(costs(network), { ...tally });
      assertEquals(tally.params, batchNorm ? normed : plain);
      assertEquals(Math.round(tally.macs / 1e7) / 100, billions);
    }
  });

  Deno.test(`vgg() of depth ${depth} for CIFAR costs what a count by hand gives`, () => {
    for (const batchNorm of [true, false]) {
      const tally = features(depth, { side: 32, bias: !batchNorm, norm: batchNorm });
      tally.layer({ reads: 512, makes: 512, bias: true, norm: batchNorm });
      tally.layer({ reads: 512, makes: 10, bias: true });
      assertEquals(costs(vgg({ depth, classes: 10, batchNorm })), { ...tally });
    }
  });
}

Deno.test("vgg() of depth 16 for CIFAR costs what Li et al. state: 3.13e8 and 1.5e7", () => {
  assertEquals(costs(vgg({ depth: 16, classes: 10 })), { macs: 313463808, params: 14987722 });
});

Deno.test("vgg() pools between its stages, and the ImageNet head reads 7×7×512", () => {
  const shapes = inferShapes(vgg({ depth: 16, classes: 1000, family: "imagenet" }));
  assertEquals(shapes.get("stage4/pool"), { height: 7, width: 7, channels: 512 });
  assertEquals(shapes.get("flat")!.channels, 25088);
  const small = inferShapes(vgg({ depth: 16, classes: 10 }));
  assertEquals(small.get("stage4/block2/conv"), { height: 2, width: 2, channels: 512 });
  assertEquals(small.has("stage4/pool"), false);
});

Deno.test("vgg() lets every convolution have a width of its own, and stages of two or more be cut", () => {
  const blueprint = vgg({ depth: 11, classes: 10 });
  const convolutions = [
    ...["stage0/block0/conv", "stage1/block0/conv"],
    ...[2, 3, 4].flatMap((s) => [0, 1].map((b) => `stage${s}/block${b}/conv`)),
  ];
  for (const residual of ["project", "tie"] as const) {
    assertEquals(groupsOf(blueprint, residual), convolutions.map((id) => [id]));
  }
  assertEquals(blueprint.stages.map(({ id }) => id), ["stage2", "stage3", "stage4"]);
});

Deno.test("vgg() says by its name what it is", () => {
  const name = (options: object) => vgg({ depth: 16, classes: 10, ...options }).name;
  assertEquals(name({}), "vgg16");
  assertEquals(name({ batchNorm: false, family: "imagenet" }), "vgg16-plain-imagenet");
});

Deno.test("vgg() refuses other depths, and images that its pools do not leave anything of", () => {
  const refused = (options: object) =>
    assertThrows(() => vgg({ depth: 16, classes: 10, ...options }), EspalierError);
  for (const [depth, advice] of [[15, "Use 13 or 16."], [1, "Use 11."], [1e15, "Use 19."]]) {
    const { code, message } = refused({ depth });
    assertEquals(code, "ERR_NETWORK_DEPTH");
    assertStringIncludes(message, advice as string);
  }
  assertEquals(refused({ size: 15 }).code, "ERR_BLUEPRINT_INVALID");
  vgg({ depth: 16, classes: 10, size: 16 });
});
