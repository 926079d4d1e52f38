import { derive } from "@espalier/blueprint";
import type { CoreEvent, Decision } from "@espalier/core";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { htmlReport } from "./html_report.ts";
import { searchPicture } from "./search_picture.ts";
import { BUDGET, NETWORK, REPORT } from "./testing.ts";
import { widthsPicture } from "./widths_picture.ts";

const decisions: readonly Decision[] = [
  { id: "stem", space: "w", candidates: [3, 8], effect: { kind: "channels", nodes: ["stem"] } },
  { id: "stage0", space: "d", candidates: [1, 2], effect: { kind: "exit", stage: "stage0" } },
];
const pruned = derive(NETWORK, { decisions, choices: { stem: 3, stage0: 1 } });

/** What the marks of a picture say to a screen reader. */
function spoken(svg: string): string[] {
  return [...svg.matchAll(/aria-label="([^"]*)"/g)].map(([, label]) => label!);
}

function epoch(index: number, cost: number): CoreEvent {
  return {
    type: "search:epoch",
    runId: "r",
    phase: "search",
    epoch: index,
    epochs: 3,
    imagesPerSecond: 1,
    elapsedMs: 1,
    remainingMs: 1,
    cost,
    target: BUDGET.target,
    values: { discrepancy: index / 10 },
  };
}

Deno.test("widthsPicture() draws what is kept, removed by width and removed by depth", async () => {
  const bars = spoken(await widthsPicture(NETWORK, { pruned })).filter((label) =>
    label.includes("part")
  );
  assertEquals(bars, [
    "label: ; channels: 0; to: 3; part: kept",
    "label: ; channels: 3; to: 8; part: removed by width",
    "label: 0 a; channels: 0; to: 8; part: kept",
    "label: 0 b; channels: 0; to: 8; part: kept",
    "label: 1 a; channels: 0; to: 8; part: removed by depth",
    "label: 1 b; channels: 0; to: 8; part: removed by depth",
    "label: 0 a; channels: 0; to: 20; part: kept",
    "label: 0 b; channels: 0; to: 20; part: kept",
  ]);
});

Deno.test("widthsPicture() draws what is added where a layer grew", async () => {
  const grown = derive(NETWORK, {
    decisions: [{ ...decisions[0]!, candidates: [8, 10], unpruned: 8 }],
    choices: { stem: 10 },
  });
  const labels = spoken(await widthsPicture(NETWORK, { pruned: grown }));
  assertEquals(labels.filter((label) => label.startsWith("label: ; ") && label.includes("part")), [
    "label: ; channels: 0; to: 8; part: kept",
    "label: ; channels: 8; to: 10; part: added by width",
  ]);
  assertStringIncludes(labels.join("\n"), "80 of 80 channels kept, 2 added");
});

Deno.test("widthsPicture() names stages, blocks and the whole", async () => {
  const labels = spoken(await widthsPicture(NETWORK, { pruned, title: "My network" })).join("\n");
  assertStringIncludes(labels, "'stage0 1 of 2 blocks'");
  assertStringIncludes(labels, "'stage1 1 block'");
  // 3 + 8 + 8 + 20 + 20 of 8 + 4 · 8 + 2 · 20
  assertStringIncludes(labels, "59 of 80 channels kept");
  assertStringIncludes(labels, "My network");
});

Deno.test("a picture has no script, and repaints itself in the dark", async () => {
  const svg = await widthsPicture(NETWORK, { pruned });
  assertEquals(svg.includes("<script"), false);
  assertStringIncludes(svg, '[fill="#ffffff"]{fill:#0d1117}');
  assertStringIncludes(svg, 'fill="#ffffff"');
});

Deno.test("searchPicture() draws the latest of each epoch as shares of the unpruned cost", async () => {
  const full = BUDGET.unpruned;
  const events = [epoch(0, full), epoch(1, full / 4), epoch(2, full / 4), epoch(1, full / 2)];
  const points = spoken(await searchPicture(events, { budget: BUDGET })).filter((label) =>
    label.startsWith("epoch: ") && label.includes("cost")
  );
  assertEquals(points.slice(-3), [
    "epoch: 1; cost / unpruned: 1; what: derived network",
    "epoch: 2; cost / unpruned: 0.5; what: derived network",
    "epoch: 3; cost / unpruned: 0.25; what: derived network",
  ]);
});

Deno.test("searchPicture() leaves the discrepancy out where none is told", async () => {
  const told = await searchPicture([epoch(0, 1)], { budget: BUDGET });
  const silent = await searchPicture([{ ...epoch(0, 1), values: {} } as CoreEvent], {
    budget: BUDGET,
  });
  assertEquals([told, silent].map((svg) => svg.includes(">discrepancy<")), [true, false]);
});

Deno.test("searchPicture() refuses events without a search", async () => {
  const error = await assertRejects(() => searchPicture([], { budget: BUDGET }));
  assertEquals(Object(error).code, "ERR_REPORT_EMPTY");
});

Deno.test("htmlReport() holds the table and the pictures, text escaped", () => {
  const page = htmlReport({ ...REPORT, dataset: "<mine> & yours" }, { pictures: ["<svg></svg>"] });
  assertStringIncludes(page, "<title>resnet20 on &lt;mine&gt; &amp; yours</title>");
  assertStringIncludes(page, "<td>22.44 M (55.0 %)</td>");
  assertStringIncludes(page, "<svg></svg>");
  assertEquals(page.includes("<mine>"), false);
});
