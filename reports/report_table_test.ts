import type { Metrics } from "@espalier/core";
import fc from "fast-check";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { reportMarkdown, reportTable } from "./report_table.ts";
import { BUDGET, REPORT, timesOf } from "./testing.ts";

Deno.test("reportTable() aligns numbers with their units within 80 columns", () => {
  const lines = reportTable(REPORT, { files: { transferred: 601_234 } }).split("\n");
  assertEquals(lines.slice(0, 17), [
    "resnet20 on cifar10",
    "",
    "network             accuracy      multiply-adds  parameters   memory    file",
    "─".repeat(76),
    "unpruned             91.00 %  40.81 M (100.0 %)     272.5 k   197 kB       –",
    "pruned, no teacher   80.00 %   22.44 M (55.0 %)     138.0 k  98.3 kB       –",
    "pruned, taught       90.50 %   22.44 M (55.0 %)     138.0 k  98.3 kB  601 kB",
    "",
    "ms an image                            1 image            32 images",
    "─".repeat(28 + 2 + 16 + 2 + 19),
    "unpruned, here                   120 (108–181)     10.4 (9.37–15.6)",
    "unpruned, exported               241 (217–361)     20.8 (18.7–31.2)",
    "pruned, no teacher, here      2.50 (2.25–3.75)  0.312 (0.281–0.468)",
    "pruned, no teacher, exported  5.00 (4.50–7.50)  0.624 (0.562–0.936)",
    "pruned, taught, here          2.50 (2.25–3.75)  0.312 (0.281–0.468)",
    "pruned, taught, exported      5.00 (4.50–7.50)  0.624 (0.562–0.936)",
    "",
  ]);
  assertEquals(Math.max(...lines.map(({ length }) => length)) <= 80, true);
});

Deno.test("reportTable() says on how many images, in which zone, on which engine", () => {
  const text = reportTable(REPORT, { engine: "wasm (4 threads)" });
  assertStringIncludes(text, "2000 test images");
  // 20.9 / 40.813184 and 23.1 / 40.813184
  assertStringIncludes(text, "51.2 % to 56.6 % of the unpruned network's multiply-adds");
  assertStringIncludes(text, "Engine: wasm (4 threads).");
  assertStringIncludes(text, "mean 0.500 0.492 0.250, deviation 0.250 0.200 0.100.");
});

Deno.test("reportTable() says what is limited", () => {
  assertEquals(reportTable(REPORT).includes("At most"), false);
  const limits = [
    { cost: "params", unit: "parameters", high: 163_484.4, unpruned: 272_474, smallest: 1 },
    { cost: "peakMemory", unit: "bytes", high: 2e6, unpruned: 4e6, smallest: 1 },
  ];
  assertStringIncludes(
    reportTable({ ...REPORT, budget: { ...BUDGET, limits } }),
    "\nAt most: parameters 163.5 k (60.0 %), memory 2.00 MB (50.0 %).\n",
  );
});

Deno.test("reportTable() says how well the surgery was proved, if it was", () => {
  const surgery = { images: 8, difference: 3.14e-7 };
  assertStringIncludes(
    reportTable({ ...REPORT, surgery }),
    "Surgery: outputs differ by 3.1e-7 at most",
  );
  const exact = reportTable({ ...REPORT, surgery: { images: 8, difference: 0 } });
  assertStringIncludes(exact, "differ by 0 at most");
  assertEquals(reportTable(REPORT).includes("Surgery"), false);
});

Deno.test("reportTable() names a network pruned without transfers just so", () => {
  const text = reportTable({ ...REPORT, rows: REPORT.rows.slice(0, 2) });
  assertStringIncludes(text, "\npruned     80.00 %");
});

Deno.test("reportTable() shows the costs of any model, and shares of the budget's only", () => {
  const metrics = { accuracy: { value: 0.5, better: "higher", share: true } } as const;
  const latency = { costs: { latency: 1.25 }, metrics, loss: 1, times: timesOf(1, 1) };
  const rows = [REPORT.rows[0]!, { name: "pruned", ...latency }];
  const text = reportTable({ ...REPORT, rows });
  assertStringIncludes(text, "latency");
  assertEquals(
    text.split("\n")[5],
    "pruned     50.00 %                  –           –       –    1.250",
  );
});

Deno.test("reportTable() begins with the leading metric, and says what the same guess reaches", () => {
  assertStringIncludes(reportTable(REPORT), "The same guess for every image reaches 10.00 %.");
  const metrics = (value: number): Metrics => ({
    "mean IoU": { value: value / 10, better: "higher", share: true },
    error: { value, better: "lower", share: false },
  });
  const rows = REPORT.rows.map((row, i) => ({ ...row, metrics: metrics(i + 1) }));
  const text = reportTable({ ...REPORT, metric: "error", baseline: metrics(4), rows });
  const lines = text.split("\n");
  assertStringIncludes(lines[2]!, "network             error  mean IoU");
  assertStringIncludes(lines[4]!, "unpruned             1.00   10.00 %");
  assertStringIncludes(text, "Error: on 2000 test images");
  assertStringIncludes(text, "The same guess for every image reaches 4.00; lower is better.");
});

Deno.test("reportMarkdown() is a table with numbers to the right", () => {
  const lines = reportMarkdown(REPORT, { labels: { transferred: "distilled" } }).split("\n");
  assertEquals(lines.slice(2, 4), [
    "| network | accuracy | multiply-adds | parameters | memory |",
    "| --- | ---: | ---: | ---: | ---: |",
  ]);
  assertStringIncludes(lines[6]!, "| distilled | 90.50 % | 22.44 M (55.0 %) |");
});

Deno.test("tables hold no control characters but their line breaks, and stay aligned", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const name = `\x1b[8m${text}\n`;
      const rows = REPORT.rows.map((row) => ({ ...row, name, costs: { ...row.costs, [name]: 1 } }));
      const odd = { ...REPORT, network: name, dataset: name, engine: name, rows };
      for (const table of [reportTable(odd), reportMarkdown(odd)]) {
        assertEquals(/\p{Cc}/u.test(table.replaceAll("\n", "")), false);
      }
      assertEquals(reportTable(odd).split("\n").length, reportTable(REPORT).split("\n").length);
    }),
    { numRuns: 30 },
  );
});
