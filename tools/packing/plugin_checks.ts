/**
 * What must hold of strangers' plugins, by the packed packages alone.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname, join } from "node:path";
import { CONTRACTS } from "../../scaffolding/mod.ts";
import type { Check } from "./check.ts";
import { NODES, type Place } from "./place.ts";

/** Contracts whose plugins are also built, installed and used. */
const BUILT = ["strategy", "space", "transfer"] as const;

const CLI = "node_modules/@espalier/cli/main.js";

/** A run that has an installed plugin in the place of TAS's strategy, and two beside its parts. */
const USE = `
import { createPruner, ofType, resnet, swap, synthetic, tas, without } from "@espalier/espalier";
import { warmSpace } from "@acme/warm-space";
import { warmStrategy } from "@acme/warm-strategy";
import { warmTransfer } from "@acme/warm-transfer";

const parts = tas({ recipe: "quick", epochs: { pretrain: 1, search: 1, train: 1 } });
const pruner = createPruner({
  network: resnet({ depth: 8, classes: 3, size: 8 }),
  data: synthetic({ classes: 3, shape: [8, 8, 3], train: 48, test: 24 }),
  budget: { cost: "macs", target: 0.6 },
  plugins: [
    ...swap(without(parts, "width-search"), warmStrategy({ draws: 8 })),
    warmSpace(),
    warmTransfer(),
  ],
});
const run = pruner.run({ seed: 1 });
let events = 0;
run.events$.pipe(ofType("acme-warm-strategy/nearer")).subscribe(() => events++);
const { report } = await run.result;
const share = report.rows.at(-1).costs.macs / report.rows[0].costs.macs;
console.log(\`\${events > 0 && share < 0.65 ? "pruned" : "failed"}: \${events} events, \${share}\`);
`;

/**
 * Checks of new plugins.
 *
 * @param place Where all packages are installed in the project `all`, with the compiler.
 * @param tarballs Paths of the packages.
 */
export function pluginChecksOf(place: Place, tarballs: readonly string[]): Check[] {
  const [node] = NODES;
  const inAll = { in: "all" };
  const write = (path: string, text: string) => Deno.writeTextFile(join(place.path, path), text);
  /** Write a new plugin by the packed command. */
  const create = (contract: string, project: string, core: string) =>
    place.node(node, [
      ...[join(place.path, "all", CLI), "new", "plugin", `@acme/warm-${contract}`],
      ...["--contract", contract, "--core", core, "--out", join(place.path, project)],
    ], inAll);
  const useIn = async (run: typeof place.deno) => {
    await write("all/use_plugins.mjs", USE);
    assertMatch((await run.call(place, ["use_plugins.mjs"], inAll)).out, /^pruned: \d/m);
  };

  return [
    {
      name: "plugins of all contracts are written by the packed command",
      run: async () => {
        for (const contract of CONTRACTS) {
          await create(contract, `all/plugins/${contract}`, dirname(tarballs[0]!));
        }
      },
    },
    {
      name: "they are typed",
      run: async () => {
        const config = join(place.path, "all", "plugins", "strategy", "tsconfig.json");
        const { compilerOptions } = JSON.parse(await Deno.readTextFile(config));
        const whole = { compilerOptions, include: ["*/*.ts"] };
        await write("all/plugins/tsconfig.json", JSON.stringify(whole));
        await place.command(["npx", "tsc", "-p", "plugins"], inAll);
      },
    },
    {
      name: `they pass their tests in Node ${node}`,
      run: async () => {
        const { out } = await place.node(node, ["--test", "plugins/*/*_test.ts"], inAll);
        assertMatch(out, /^# fail 0$|^ℹ fail 0$/m);
        const [, passed] = /(?:#|ℹ) pass (\d+)/.exec(out) ?? [];
        assert(Number(passed) > 100, out.slice(-500));
      },
    },
    {
      name: "they pass their tests in Deno",
      run: async () => {
        const { all } = await place.deno(["test", "-A", "--no-check", "plugins"], inAll);
        assertMatch(all, /\d{3} passed \| 0 failed/);
      },
    },
    {
      name: `of ${BUILT.join(", ")} packages are made and installed`,
      run: async () => {
        const made = [];
        for (const contract of BUILT) {
          const project = { in: `all/plugins/${contract}` };
          const { out } = await place.command(["npm", "pack", "--json", "--silent"], project);
          const [{ filename }] = JSON.parse(out.slice(out.indexOf("[")));
          made.push(`./plugins/${contract}/${filename}`);
        }
        await place.install(made, inAll);
      },
    },
    {
      name: "the packed command lists them by their keyword",
      run: async () => {
        const { out } = await place.node(node, [CLI, "plugins", "--json"], inAll);
        const found = JSON.parse(out).filter((one: { package: string }) =>
          one.package.startsWith("@acme/")
        ).map((one: { name: string; contracts: string[] }) => [one.name, ...one.contracts]);
        assertEquals(found, [
          ["acme-warm-space", "SearchSpace"],
          ["acme-warm-strategy", "SearchStrategy"],
          ["acme-warm-transfer", "Transfer"],
        ]);
      },
    },
    {
      name: `a run uses them in Node ${node}`,
      run: () => useIn((words, options) => place.node(node, words, options)),
    },
    {
      name: "a run uses them in Deno",
      run: () => useIn((words, options) => place.deno(["run", "-A", ...words], options)),
    },
    {
      name: "a new plugin passes its tests by published packages",
      run: async () => {
        await create("sampler", "published", "published");
        await write("published/.npmrc", place.registry.npmrc);
        await place.install([], { in: "published" });
        await place.node(node, ["--test"], { in: "published" });
        await place.deno(["test", "-A"], { in: "published" });
        await place.node(node, ["example.ts"], { in: "published" });
      },
    },
  ];
}
