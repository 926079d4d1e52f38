import {
  type AnyPlugin,
  createManyToken,
  definePlugin,
  EspalierError,
  noOptions,
  type Phase,
  pipeline,
} from "@espalier/core";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { channelCost, DATA, stemSpace, TOY } from "../../core/testing.ts";
import { createStudy } from "../study.ts";
import { CONFIG, drawing, greedy, idle, thorough, tune } from "../testing.ts";
import { changePlugins, claimOf } from "./change_plugins.ts";
import type { Axes } from "./contract.ts";

const { axes: _, baseline: __, ...COMMON } = CONFIG;
const names = (plugins: readonly AnyPlugin[]) => plugins.map(({ name }) => name);

const TermToken = createManyToken<object>("@acme/term");
const term = (name: string) =>
  definePlugin({
    name,
    version: "1",
    provides: [TermToken],
    options: noOptions,
    setup: (context) => context.provide(TermToken, () => ({})),
  })();

Deno.test("a study has every cell once, whatever its axes", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
  fc.assert(fc.property(sizes, (sizes) => {
    const axes: Axes = Object.fromEntries(sizes.map((size, axis) => [
      `axis${axis}`,
      Object.fromEntries(Array.from({ length: size }, (_, i) => [
        `value${i}`,
        (plugins: readonly AnyPlugin[]) => plugins,
      ])),
    ]));
    const { cells } = createStudy({ ...COMMON, axes });
    const texts = cells.map((cell) => JSON.stringify(cell));
    assertEquals(new Set(texts).size, sizes.reduce((product, size) => product * size, 1));
    assertEquals(new Set(texts).size, texts.length);
  }));
});

Deno.test("a filter leaves cells out, and refuses to leave none", () => {
  const { cells } = createStudy({
    ...CONFIG,
    filter: ({ strategy, tuning }) => strategy === "thorough" || tuning === "no",
  });
  assertEquals(cells.length, 3);
  assertThrows(() => createStudy({ ...CONFIG, filter: () => false }), EspalierError, "no cell");
});

Deno.test("plugins of an axis take the place of what provides the same", () => {
  const base = [idle(), greedy(), tune(), stemSpace()];
  const change = (values: Axes[string], value: string) => {
    const claim = claimOf(Object.values(values), base);
    return names(changePlugins(base, values[value] as AnyPlugin, claim));
  };
  const swapped = { a: greedy(), b: thorough() };
  assertEquals(change(swapped, "b"), ["idle", "thorough", "tune", "stem-space"]);
  const lists = { none: [], both: [thorough(), tune()] };
  assertEquals(change(lists, "none"), ["idle", "stem-space"]);
  assertEquals(change(lists, "both"), ["idle", "thorough", "tune", "stem-space"]);
});

Deno.test("an axis of one plugin with other options changes that plugin only", () => {
  const base = [term("a"), term("b")];
  const other = { ...term("b"), version: "2" };
  const claim = claimOf([other, term("b")], base);
  assertEquals(changePlugins(base, other, claim), [base[0]!, other]);
  // Another name among them: all that provide the same.
  assertEquals(changePlugins(base, other, claimOf([other, term("c")], base)), [other]);
});

Deno.test("a service that would be dropped silently is refused", () => {
  const both = definePlugin({
    name: "both",
    version: "1",
    provides: [...greedy().provides, ...tune().provides],
    options: noOptions,
    setup: () => {},
  });
  const base = [...COMMON.base.slice(0, 2), both()];
  const error = assertThrows(
    () => createStudy({ ...COMMON, base, axes: { strategy: { greedy: greedy() } } }),
    EspalierError,
  );
  assertEquals(error.code, "ERR_PLUGIN_SWAP");
  assertStringIncludes(error.message, "@acme/tune");
});

Deno.test("cells do not depend on the order of axes that do not clash", () => {
  const axes: Axes = {
    strategy: CONFIG.axes.strategy,
    tuning: CONFIG.axes.tuning,
    terms: { none: (plugins) => plugins, one: (plugins) => [...plugins, term("one")] },
    price: { low: channelCost({ price: 1 }), high: channelCost({ price: 2 }) },
  };
  const orders = fc.shuffledSubarray(Object.keys(axes), { minLength: 4 });
  fc.assert(fc.property(orders, (order) => {
    const study = createStudy({ ...COMMON, axes });
    const other = createStudy({
      ...COMMON,
      axes: Object.fromEntries(order.map((axis) => [axis, axes[axis]!])),
    });
    for (const cell of study.cells) {
      const same = other.cells.find((one) => order.every((axis) => one[axis] === cell[axis]))!;
      const sorted = (some: typeof cell) => names(other.variant(some).plugins).sort();
      assertEquals(sorted(same), names(study.variant(cell).plugins).sort());
    }
  }));
});

/** Axes that clash with `strategy` of the configuration above, and in what. */
const CLASHES: readonly (readonly [Axes[string], string])[] = [
  [{ a: greedy({ gain: 1 }), b: greedy({ gain: 2 }) }, "@acme/search"],
  [{ a: [thorough(), tune()] }, "@acme/search"],
  [{ a: (plugins) => plugins.filter(({ name }) => name !== "greedy") }, "greedy"],
  [{ a: { plugins: thorough() } }, "@acme/search"],
];

Deno.test("axes that touch the same part are refused with both names", () => {
  const clash = (axes: Axes) => {
    const error = assertThrows(() => createStudy({ ...COMMON, axes }), EspalierError);
    assertEquals(error.code, "ERR_STUDY_AXES");
    return error.message;
  };
  for (const [axis, what] of CLASHES) {
    const message = clash({ strategy: CONFIG.axes.strategy, other: axis });
    assertStringIncludes(message, `axes "strategy" and "other" both`);
    assertStringIncludes(message, `"${what}"`);
  }
  const network = { toy: { network: TOY } };
  assertStringIncludes(
    clash({ network, shape: network }),
    `"network" and "shape" both say the network`,
  );
  // All of one kind, and one more of it.
  const message = clash({
    terms: { a: term("a"), b: term("b") },
    more: { no: (plugins) => plugins, yes: (plugins) => [...plugins, term("c")] },
  });
  assertStringIncludes(message, "@acme/term");
});

Deno.test("two axes may each add one of many", () => {
  const adds = (name: string): Axes[string] => ({
    no: (plugins) => plugins,
    yes: (plugins) => [...plugins, term(name)],
  });
  const { cells } = createStudy({ ...COMMON, axes: { one: adds("one"), two: adds("two") } });
  assertEquals(cells.length, 4);
});

Deno.test("any part may be an axis, and must be given by something", () => {
  const { budgets, network: _, data: __, ...rest } = COMMON;
  const axes = {
    network: { toy: { network: TOY } },
    data: { toy: { data: DATA } },
    budget: { half: { budget: budgets[0] } },
    recipe: { own: { base: COMMON.base } },
    phases: { three: { pipeline: drawing() } },
    engine: { cpu: { engine: { name: "cpu" } } },
  } as const;
  const study = createStudy({ ...rest, axes });
  assertEquals(study.variant(study.cells[0]!).engine, { name: "cpu" });
  for (const part of ["network", "data", "budget"] as const) {
    const { [part]: _, ...others } = axes;
    const error = assertThrows(() => createStudy({ ...rest, axes: others }), EspalierError);
    assertStringIncludes(error.message, `has no ${part}`);
  }
});

Deno.test("a pipeline that measures nothing is refused", () => {
  const { phases: [teach] } = drawing();
  const short = pipeline().phase(teach as Phase<object, object>);
  assertThrows(() => createStudy({ ...CONFIG, pipeline: short }), EspalierError, "makes a report");
});

Deno.test("several budgets are an axis", () => {
  const budgets = [0.5, 0.25].map((target) => ({ cost: "channels", target }));
  const { cells } = createStudy({ ...CONFIG, budgets });
  assertEquals(cells.length, 8);
  assertEquals(cells[0]!.budget, "channels 50%");
  assertThrows(
    () => createStudy({ ...CONFIG, budgets: [budgets[0]!, budgets[0]!] }),
    EspalierError,
    "channels 50%",
  );
});

Deno.test("createStudy() refuses what it does not know, and names what was meant", () => {
  const refused = (changes: object) =>
    assertThrows(() => createStudy({ ...CONFIG, ...changes } as never), EspalierError).message;
  assertStringIncludes(refused({ baseline: { strategy: "gredy" } }), 'Did you mean "greedy"?');
  assertStringIncludes(refused({ baseline: { strateg: "greedy" } }), 'Did you mean "strategy"?');
  assertStringIncludes(refused({ axes: { a: { b: { netwrk: TOY } } } }), "netwrk");
  assertStringIncludes(refused({ seeds: [1, 1] }), "every seed once");
  assertStringIncludes(refused({ seed: [1] }), 'did you mean "seeds"?');
});

Deno.test("cells are typed by the axes", () => {
  function _compiled() {
    const study = createStudy(CONFIG);
    study.cells[0]!.strategy satisfies "greedy" | "thorough";
    // @ts-expect-error: no such axis
    study.cells[0]!.strat satisfies string;
    // @ts-expect-error: no such value
    createStudy({ ...CONFIG, baseline: { strategy: "gredy" } });
    // @ts-expect-error: no such value
    createStudy({ ...CONFIG, filter: ({ tuning }) => tuning === "maybe" });
  }
});
