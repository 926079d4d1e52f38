import {
  AggregatorToken,
  definePlugin,
  EspalierError,
  noOptions,
  openServices,
  RegularizerToken,
  SamplerToken,
  SearchStrategyToken,
} from "@espalier/core";
import { pluginConformance } from "@espalier/testing";
import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { differentiableSearch } from "./mod.ts";
import { softmaxSampler, toyContext, toyNetwork, zoneLoss } from "./testing.ts";

await tf.setBackend("cpu");

/** What the strategy requires, and a regularizer that it uses. */
const others = definePlugin({
  name: "others",
  version: "1",
  provides: [SamplerToken, AggregatorToken, RegularizerToken],
  options: noOptions,
  setup(context) {
    context.provide(SamplerToken, () => softmaxSampler().sampler);
    context.provide(AggregatorToken, () => ({ resize: (x) => x }));
    context.provide(RegularizerToken, () => ({ name: "zone", weight: 2, loss: zoneLoss }));
  },
});

const checks = pluginConformance({
  factory: differentiableSearch,
  valid: [{ weights: { nesterov: false } }, { architecture: { betas: [0.9, 0.99] } }],
  invalid: [{ epochs: 0 }, { architecture: { betas: [0.5] } }, { projections: true }, {
    start: "warm",
  }],
  beside: [others()],
});
for (const { name, fn } of checks) Deno.test(name, fn);

Deno.test("differentiableSearch() searches with the installed sampler and regularizers", async () => {
  const plugin = differentiableSearch({ epochs: 2, batchSize: 4, architecture: { rate: 0.1 } });
  await using services = openServices([others(), plugin]);
  const { network } = toyNetwork({ wide: [0, 0, 0, 0], thin: [0, 0], stage0: [0, 0, 0] });
  const { context } = toyContext(network, { target: 3 });
  const { choices } = await services.get(SearchStrategyToken).search(context);
  assertEquals(choices, { stage0: 1, wide: 2, thin: 3 });
  network[Symbol.dispose]();
});

Deno.test("differentiableSearch() requires a sampler and an aggregator", () => {
  const error = assertThrows(() => openServices([differentiableSearch()]), EspalierError);
  assertEquals(error.code, "ERR_PLUGIN_REQUIRES");
});

Deno.test("differentiableSearch() has the paper's recipe and takes any part of it", () => {
  assertEquals(differentiableSearch().options, {
    epochs: 600,
    batchSize: 256,
    weights: { rate: 0.1, momentum: 0.9, nesterov: true, decay: 5e-4 },
    architecture: { rate: 1e-3, betas: [0.5, 0.999], decay: 1e-3 },
    projections: "omitted",
    start: "fresh",
    choose: "most-probable",
  });
  const { options } = differentiableSearch({ weights: { rate: 0.05 }, projections: "expected" });
  assertEquals(options, {
    ...differentiableSearch().options as object,
    weights: { rate: 0.05, momentum: 0.9, nesterov: true, decay: 5e-4 },
    projections: "expected",
  });
});

Deno.test("differentiableSearch() needs a teacher if it starts from it", async () => {
  for (const start of ["fresh", "teacher"] as const) {
    await using services = openServices([others(), differentiableSearch({ start })]);
    const { needs } = services.get(SearchStrategyToken);
    assertEquals(needs, start === "teacher" ? ["teacher"] : undefined);
  }
});
