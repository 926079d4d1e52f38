import { EspalierError } from "@espalier/core";
import { assertRejects, assertThrows } from "@std/assert";
import { EMPTY } from "rxjs";
import { testOptions } from "../core/options_testing.ts";
import { htmlReport } from "./html_report.ts";
import { reportMarkdown, reportTable } from "./report_table.ts";
import { searchPicture } from "./search_picture.ts";
import { showProgress } from "./show_progress.ts";
import { BUDGET, NETWORK, REPORT } from "./testing.ts";
import { widthsPicture } from "./widths_picture.ts";

const table = { files: { pruned: 1 }, engine: "wasm", labels: { pruned: "small" } };

testOptions({
  "reportTable()": { call: (options) => reportTable(REPORT, options), valid: table },
  "reportMarkdown()": { call: (options) => reportMarkdown(REPORT, options), valid: table },
  "htmlReport()": {
    call: (options) => htmlReport(REPORT, options),
    valid: { ...table, pictures: ["<svg></svg>"] },
  },
  "searchPicture()": {
    call: (options) => searchPicture([], options),
    valid: { budget: BUDGET, title: "A search" },
  },
  "widthsPicture()": {
    call: (options) => widthsPicture(NETWORK, options),
    valid: { pruned: NETWORK, title: "Widths" },
  },
  "showProgress()": {
    call: (options) => showProgress(EMPTY, options),
    valid: { stream: { write: () => true }, budget: BUDGET },
  },
});

Deno.test("a title is text: an expression of Vega is refused, not evaluated", async () => {
  const title = { signal: "1 + 1" } as never;
  const found = 'option "title" is {"signal":"1 + 1"}, allowed: string';
  await assertRejects(
    () => widthsPicture(NETWORK, { pruned: NETWORK, title }),
    EspalierError,
    found,
  );
  await assertRejects(() => searchPicture([], { budget: BUDGET, title }), EspalierError, found);
});

Deno.test("what is no report, network or stream of events is refused", async () => {
  assertThrows(() => reportTable(null as never), EspalierError, "the value is null");
  const rows = [{ ...REPORT.rows[0]!, costs: { macs: "3" as never } }];
  assertThrows(() => htmlReport({ ...REPORT, rows }), EspalierError, '"rows[0].costs.macs" is "3"');
  const run = { id: "1", events$: EMPTY };
  assertThrows(() => showProgress(run as never), EspalierError, 'option "events$" is');
  const one = { type: "search:epoch" } as never;
  await assertRejects(
    () => searchPicture(one, { budget: BUDGET }),
    EspalierError,
    "allowed: list of events",
  );
  await assertRejects(
    () => widthsPicture({} as never, { pruned: NETWORK }),
    EspalierError,
    "Cannot use blueprint",
  );
});
