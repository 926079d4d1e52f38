import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { EspalierError } from "@espalier/core";
import { useEngine } from "@espalier/engines";
import { machinePassesAvailable } from "../engines/machine/mod.ts";
import { compare } from "./compare.ts";
import { Conversation } from "./conversation.ts";
import { sweepSizes } from "./grow.ts";
import { growthChart } from "./growth_chart.ts";
import { nameOf, settingsOf, watchLoad } from "./environment.ts";
import { imagesOf, type Job, JOB_KINDS } from "./job.ts";
import { peerVariants } from "./peers/torch.ts";
import { highWaterMiB } from "./peak.ts";
import { parseOptions } from "./options.ts";
import { sayIfBusy } from "./progress.ts";
import { startJob, timeSteps } from "./worker.ts";

const TINY = { network: "resnet8", size: 32, batch: 8, k: 2 } as const;

Deno.test("imagesOf() counts the batches of both halves of a search", () => {
  assertEquals(imagesOf({ ...TINY, kind: "plain" }), 8);
  assertEquals(imagesOf({ ...TINY, kind: "search-both" }), 16);
});

Deno.test("highWaterMiB() reads the peak of a Linux process", () => {
  assertEquals(highWaterMiB("VmPeak:\t  999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1024 kB\n"), 2);
  assertEquals(highWaterMiB(""), undefined);
});

Deno.test("compare() yields a row for every job, with the numbers that --json prints", async () => {
  const args = "--engine wasm --depth 8 --batch 8 --steps 1 --rounds 1".split(" ");
  const turns: string[] = [];
  const { report, peer } = await compare(parseOptions(args), {
    python: undefined,
    say: (text) => turns.push(text),
  });
  const { rows, ...rest } = JSON.parse(JSON.stringify(report));
  assertEquals(Object.keys(rest).sort(), ["commit", "device", "engine"]);
  assertEquals(rest.engine, "wasm");
  assertStringIncludes(rest.device, "WebAssembly");
  assertEquals(
    rows.map((row: { job: string; ranks: number }) => [row.job, row.ranks]),
    [1, 2].flatMap((ranks) => JOB_KINDS.map((job) => [job, ranks])),
  );
  for (const { engine, ranks: _, imagesPerSecond, peakMiB, overPeer, job: __, ...others } of rows) {
    assertEquals([engine, overPeer, others], ["wasm", null, {}]);
    assert(imagesPerSecond > 0 && Number.isFinite(imagesPerSecond));
    assert(peakMiB > 50 && peakMiB < 2000);
  }
  assertEquals(peer, undefined);
  assert(turns.includes("round 1 of 1: wasm search-both"));
});

Deno.test("settingsOf() times native without machine code too, where it has any", () => {
  const without = machinePassesAvailable()
    ? ["native, without machine code", "native, 2 ranks, without machine code"]
    : [];
  const expected = ["native", "native, 2 ranks", ...without, "wasm", "wasm, 2 ranks"];
  assertEquals(settingsOf(["native", "wasm"]).map(nameOf), expected);
});

Deno.test("watchLoad() keeps the highest load average and says when other work took part", () => {
  const loads = [0.5, 1.25, 0.75, 1000, 1];
  const load = watchLoad(() => loads.shift()!);
  load.look();
  load.look();
  assertStringIncludes(load.describe(), "load average up to 1.3");
  assertEquals(load.isHigh(), false);
  sayIfBusy(() => assert(false, "it was not busy"), load);
  load.look();
  load.look();
  assertStringIncludes(load.describe(), "load average up to 1000.0");
  assertEquals(load.isHigh(), true);
  const said: string[] = [];
  sayIfBusy((text) => said.push(text), load);
  assertStringIncludes(said.join(), "the machine was busy");
});

const JOBS: readonly Job[] = [
  ...["resnet18", "mobilenet-v2", "vgg16"].map((network): Job => ({
    ...{ ...TINY, kind: "plain", network, batch: 2 },
  })),
  ...JOB_KINDS.map((kind) => ({ kind, ...TINY })),
  { kind: "search-width", ...TINY, candidates: 4, sameWidths: true },
];

for (const job of JOBS) {
  const name = `${job.network}, ${job.kind}${job.sameWidths ? " of the same widths" : ""}`;
  Deno.test(`startJob() does steps of ${name} and keeps no tensor`, async () => {
    await useEngine("wasm");
    const before = tf.memory().numTensors;
    {
      await using running = startJob(job);
      assertEquals((await timeSteps(running, 3)).ms.length, 3);
    }
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("Conversation says what a process said when it ended", async () => {
  const args = ["eval", "--no-config", "console.error('out of paper'); Deno.exit(3)"];
  await using conversation = new Conversation(Deno.execPath(), args);
  const error = await assertRejects(() => conversation.hear(), EspalierError, "out of paper");
  assertEquals(error.code, "ERR_ENGINE_FAILED");
});

Deno.test("Conversation says why a process cannot answer", async () => {
  const args = ["eval", "--no-config", `console.log('{"error":"no room"}')`];
  await using conversation = new Conversation(Deno.execPath(), args);
  await assertRejects(() => conversation.hear(), EspalierError, "no room");
});

Deno.test("peerVariants() are both layouts, on all cores and on one", () => {
  assertEquals(peerVariants(2).map(({ layout, threads }) => `${layout} ${threads}`), [
    "channels_last 2",
    "contiguous 2",
    "channels_last 1",
    "contiguous 1",
  ]);
  assertEquals(peerVariants(1).length, 2);
});

Deno.test("sweepSizes() change one quantity at a time", () => {
  const centre = { depth: 20, batch: 128, k: 2, candidates: 8 };
  for (const { sweep, size } of sweepSizes(centre)) {
    assertEquals({ ...size, [sweep]: centre[sweep] }, centre);
  }
});

Deno.test("growthChart() draws a panel for each sweep and measure", async () => {
  const points = sweepSizes({ depth: 20, batch: 128 }).map(({ sweep, size }) => ({
    sweep,
    ...size,
    engine: "wasm" as const,
    imagesPerSecond: 100,
    peakMiB: sweep === "k" ? null : 600,
  }));
  const svg = await growthChart(points, "How");
  for (const text of ["layers of the ResNet", "memory peak, MiB", "images/s", ">256<"]) {
    assertStringIncludes(svg, text);
  }
});
