import type { Report } from "@espalier/pruning";
import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { withFolder } from "../../core/testing.ts";
import { browserTest } from "../../tests/browser_testing.ts";
import { runsCsv, studyCsv, studyLatex, studyMarkdown } from "./formats.ts";
import { studyHtml } from "./html.ts";
import type { CellOutcome, RunOutcome } from "./outcome.ts";
import { paretoFront } from "./pareto_front.ts";
import { tableOf } from "./table.ts";

interface Numbers {
  readonly seed: number;
  readonly value: number;
  readonly cost?: number;
  readonly control?: number;
}

/** A run that kept `cost` of 100, in a zone of 45 to 55. */
function run({ seed, value, cost = 50, control }: Numbers): RunOutcome {
  const row = (name: string, value: number, macs: number) => ({
    ...{ name, loss: 0, costs: { macs }, times: [] },
    metrics: { accuracy: { value, better: "higher", share: true } } as const,
  });
  const report: Report = {
    ...{ network: "n", dataset: "d", engine: "cpu", testImages: 1, metric: "accuracy" },
    budget: { cost: "macs", unit: "m", target: 50, low: 45, high: 55, unpruned: 100, smallest: 1 },
    normalization: { mean: [0], deviation: [1] },
    effort: { strategy: "s", images: 64 },
    rows: [
      row("unpruned", 0.9, 100),
      ...control === undefined ? [row("pruned", value, cost)] : [
        row("pruned", control, cost),
        row("transferred", value, cost),
      ],
    ],
  };
  const phases = ["pretrain", "search"].map((phase, i) => ({
    ...{ phase, ms: 1000 * (1 + i), shared: i === 0, epochs: [] },
  }));
  return { seed, report, phases };
}

const cell = (method: string, runs: readonly RunOutcome[]): CellOutcome => ({
  cell: { method, "50 % & more": "x|y" },
  runs,
});
const failed: RunOutcome = {
  seed: 4,
  error: { name: "EspalierError", code: "ERR_LOSS_NOT_FINITE", message: "It became NaN" },
  phases: [],
};
/** Differences of scipy's example in statistics_test.ts, in points. */
const DIFFERENCES = [1.2, 0.7, -0.4];
const outcomes = [
  cell("base", DIFFERENCES.map((_, i) => run({ seed: i + 1, value: 0.5 + 0.01 * i }))),
  cell("new", [
    ...DIFFERENCES.map((points, i) =>
      run({ seed: i + 1, value: 0.5 + 0.01 * (i + points), control: 0.4 })
    ),
    failed,
  ]),
  cell("dear", [run({ seed: 2, value: 0.9, cost: 61 })]),
];
const table = tableOf({ seeds: [1, 2, 3, 4], baseline: { method: "base" } }, outcomes);

Deno.test("a table compares cells seed by seed, with scipy's numbers", () => {
  const [base, other] = table.rows;
  assertEquals([base!.isBaseline, base!.against], [true, undefined]);
  const { against } = other!;
  assertAlmostEquals(against!.mean, 0.005, 1e-12);
  assertAlmostEquals(against!.deviation!, 0.00818535277187245, 1e-12);
  assertAlmostEquals(against!.interval![0], -0.015333543504588447, 1e-12);
  assertEquals([against!.p, against!.leastP, against!.seeds], [0.5, 0.25, [1, 2, 3]]);
  assertEquals(against!.costDiffers, false);
  assertAlmostEquals(other!.control!.mean, 0.4, 1e-12);
  assertEquals(other!.failed.map(({ seed }) => seed), [4]);
  assertEquals(other!.spent, { search: 2, run: 3, images: 64 });
});

Deno.test("a table flags a cost that differs by more than the zone, and one seed has no interval", () => {
  const { against, metric } = table.rows[2]!;
  // 61 against 50, in a zone of 10.
  assertEquals([against!.costDiffers, against!.seeds], [true, [2]]);
  assertEquals([against!.interval, metric!.deviation, against!.p], [undefined, undefined, 1]);
});

Deno.test("text has means, differences, p, what failed and what is not equal", () => {
  const text = studyMarkdown(table);
  assertStringIncludes(
    text,
    "| new | x\\|y | 51.50 ± 0.26 | 50.84 to 52.16 | 40.00 ± 0.00 | +0.50 (−1.53 to 2.53) | 0.500 | 50.0 |",
  );
  assertStringIncludes(text, "61.0 ≠");
  assertStringIncludes(text, "it is 0.250 or 1.000 at least");
  assertStringIncludes(text, "seed 4: It became NaN");
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  const columns = (line: string) => line.replaceAll("\\|", "").split("|").length;
  assertEquals(new Set(lines.map(columns)).size, 1);
});

Deno.test("LaTeX has no character of its own left", () => {
  const text = studyLatex(table);
  assertStringIncludes(text, "method & 50 \\% \\& more & accuracy, \\% ");
  assertStringIncludes(text, "$\\pm$");
  const body = text.split("\n").filter((line) => !line.startsWith("%")).join("\n");
  assertEquals(/[^\\][%#_]|[±−≠–]/.test(body), false);
});

/** Fields of RFC 4180. */
const parse = (text: string) =>
  text.split("\r\n").slice(0, -1).map((line) =>
    [...line.matchAll(/("((?:[^"]|"")*)"|[^,]*)(,|$)/g)].map(([, plain, quoted]) =>
      quoted?.replaceAll('""', '"') ?? plain!
    ).slice(0, -1)
  );

Deno.test("LaTeX escapes names, each character once", () => {
  const rows = [{ ...table.rows[0]!, cell: { method: "a_b{c}$d^e\\f~g", "50 % & more": "" } }];
  assertStringIncludes(
    studyLatex({ ...table, rows }),
    "a\\_b\\{c\\}\\$d\\textasciicircum{}e\\textbackslash{}f\\textasciitilde{}g & ",
  );
});

Deno.test("CSV holds numbers as they are, a line a cell and a line a run", () => {
  const [head, base, other] = parse(studyCsv(table));
  assertEquals([head!.length, base!.length, other!.length], [20, 20, 20]);
  assertEquals(Number(other![head!.indexOf("difference")]), table.rows[1]!.against!.mean);
  assertEquals(base![head!.indexOf("difference")], "");
  const [names, ...runs] = parse(runsCsv(outcomes));
  assertEquals(runs.length, 3 + 4 + 1);
  assertEquals(runs.map((run) => run[names!.indexOf("seed")]).slice(3, 7), ["1", "2", "3", "4"]);
  assertEquals(runs[6]!.at(-1), "It became NaN");
});

Deno.test("the page is one file that loads nothing, whatever the names hold", async () => {
  const cells = [...outcomes, cell('<script src="x">', [run({ seed: 1, value: 0.5 })])];
  const study = tableOf({ seeds: [1], baseline: {} }, cells);
  const page = await studyHtml({ table: study, cells });
  assertStringIncludes(page, "&lt;script src=");
  assertEquals(/<script src|<link|<img|url\(http/.test(page), false);
  assertEquals(page.match(/<svg/g)!.length, 1, "without epochs and widths: metric against cost");
});

browserTest(
  "a click on a header sorts the page's table, another one the other way round",
  (browser) =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/study.html`, await studyHtml({ table, cells: outcomes }));
      const page = await browser.newPage();
      const errors: unknown[] = [];
      page.on("pageerror", (error) => errors.push(error));
      await page.setViewport({ width: 360, height: 800 });
      await page.goto(`file://${folder}/study.html`);
      const methods = () =>
        page.evaluate(
          "[...document.querySelectorAll('tbody tr')].map((row) => row.cells[0].innerText)",
        );
      const click = (column: number) =>
        page.evaluate(`document.querySelectorAll("th button")[${column}].click()`);
      await click(2);
      assertEquals(await methods(), ["base", "new", "dear"]);
      await click(2);
      assertEquals(await methods(), ["dear", "new", "base"]);
      await click(0);
      assertEquals(await methods(), ["base", "dear", "new"]);
      // Rows without a number come last, either way.
      await click(4);
      assertEquals((await methods() as string[])[0], "new");
      await click(4);
      assertEquals((await methods() as string[])[0], "new");
      const over = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      assertEquals([over, errors], [0, []]);
    }),
);

Deno.test("a study of which all failed has a table", () => {
  const { rows, metric } = tableOf({ seeds: [4], baseline: {} }, [cell("a", [failed])]);
  assertEquals([rows[0]!.metric, rows[0]!.failed.length, metric], [undefined, 1, ""]);
});

Deno.test("no point beats one of the Pareto front, and each other point is beaten by one of it", () => {
  const number = fc.integer({ min: 0, max: 9 });
  const points = fc.array(fc.record({ cost: number, value: number }), { minLength: 1 });
  fc.assert(
    fc.property(points, fc.constantFrom("higher" as const, "lower" as const), (all, better) => {
      const front = paretoFront(all, { better });
      const good = (value: number) => better === "higher" ? value : -value;
      type Point = typeof all[number];
      const reaches = (a: Point, b: Point) => a.cost <= b.cost && good(a.value) >= good(b.value);
      const beats = (a: Point, b: Point) => reaches(a, b) && !reaches(b, a);
      assertEquals(all.some((point) => front.some((best) => beats(point, best))), false);
      assertEquals(all.every((point) => front.some((best) => reaches(best, point))), true);
    }),
  );
});
