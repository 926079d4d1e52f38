import { assertEquals } from "@std/assert";
import { comparisonTable } from "./compare.ts";
import { flatRows, flatTable } from "./flat.ts";
import { growthTable } from "./grow.ts";
import { formatTable } from "./table.ts";

Deno.test("formatTable() aligns words left and numbers right", () => {
  const table = formatTable([{ title: "job", align: "left" }, { title: "ms", align: "right" }], [
    ["plain", "7"],
    ["a", "1234"],
  ]);
  assertEquals(table, "job      ms\nplain     7\na      1234");
});

const REPORT = { engine: "wasm", device: "WebAssembly", commit: "abc" } as const;
const ROW = {
  job: "search-width",
  engine: "wasm",
  ranks: 1,
  imagesPerSecond: 99.6,
  peakMiB: 640.2,
} as const;

Deno.test("comparisonTable() shows the ratio to the peer, and the peer", () => {
  const peer = { name: "PyTorch 2 contiguous", imagesPerSecond: 498, peakMiB: 512.3 };
  const report = { ...REPORT, rows: [{ ...ROW, overPeer: 0.2 }] };
  assertEquals(
    comparisonTable({ report, peer, caption: "How" }),
    `How

engine                job             images/s  peak MiB  × PyTorch
wasm                  search, width        100       640       0.20
PyTorch 2 contiguous  plain training       498       512       1.00`,
  );
});

Deno.test("comparisonTable() says when there is no peer", () => {
  const report = { ...REPORT, rows: [{ ...ROW, overPeer: null }] };
  const table = comparisonTable({ report, peer: undefined, caption: "How" });
  assertEquals(table.split("\n").at(-1), "wasm    search, width       100       640    no peer");
});

Deno.test("flatRows() compares with the first point of its column", () => {
  const rows = flatRows("wasm", [100, 90, 110, 120, 130, 80, 88, 72, 100, 120]);
  assertEquals(rows.map(({ candidates, k }) => [candidates, k]), [
    [8, 2],
    [4, 2],
    [16, 2],
    [8, 4],
    [8, 8],
  ]);
  assertEquals(rows.map(({ sameWidths }) => sameWidths.ratio), [1, 0.9, 1.1, 1.2, 1.3]);
  assertEquals(rows.map(({ asDrawn }) => asDrawn.ratio), [1, 1.1, 0.9, 1.25, 1.5]);
  const lines = flatTable({ report: { ...REPORT, rows }, caption: "How" }).split("\n");
  assertEquals(lines.at(-1)!.split(/ +/), ["wasm", "8", "8", "130", "1.30", "120", "1.50"]);
});

Deno.test("growthTable() shows what grows, and what did not run", () => {
  const point = { engine: "wasm", depth: 56, batch: 32, k: 2, candidates: 8 } as const;
  const table = growthTable({
    commit: "abc",
    caption: "How",
    points: [
      { ...point, sweep: "depth", imagesPerSecond: 41.4, peakMiB: 900 },
      { ...point, sweep: "batch", imagesPerSecond: null, peakMiB: null, reason: "heap" },
    ],
  });
  assertEquals(
    table,
    `How

engine  grows  to  images/s  peak MiB
wasm    depth  56        41       900
wasm    batch  32      none      none`,
  );
});
