/**
 * What must hold of the packed packages.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { exportedModules } from "../workspace.ts";
import { youngerApis } from "./apis.ts";
import type { Check } from "./check.ts";
import { NODES, type Place } from "./place.ts";
import { pluginChecksOf } from "./plugin_checks.ts";
import { manifestIn } from "./registry.ts";
import { TYPESCRIPT } from "./typescript.ts";

/** What is checked. */
export interface Packed {
  /** Paths of the tarballs. */
  readonly tarballs: readonly string[];
  /** Sources of all packages. */
  readonly sources: readonly string[];
  /** Where they are tried. */
  readonly place: Place;
}

/** Scripts that run where a package is installed: of others, and they print or look around. */
const SCRIPTS_OF_OTHERS = ["core-js"];

const consumer = (name: string): Promise<string> =>
  Deno.readTextFile(new URL(`./consumer/${name}`, import.meta.url));

async function textsIn(tarball: string): Promise<ReadonlyMap<string, string>> {
  const folder = await Deno.makeTempDir();
  try {
    await new Deno.Command("tar", { args: ["-xzf", tarball, "-C", folder] }).output();
    const texts = new Map<string, string>();
    const walk = async (path: string): Promise<void> => {
      for await (const { name, isDirectory } of Deno.readDir(join(folder, "package", path))) {
        const inner = join(path, name);
        if (isDirectory) await walk(inner);
        else texts.set(inner, await Deno.readTextFile(join(folder, "package", inner)));
      }
    };
    await walk("");
    return texts;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A tarball has what a package needs, and nothing of this machine. */
async function checkContents(tarball: string): Promise<void> {
  const manifest = await manifestIn(tarball) as {
    scripts?: unknown;
    exports: Record<string, string | { types: string; default: string }>;
  };
  assertEquals(manifest.scripts, undefined);
  const texts = await textsIn(tarball);
  for (const file of ["README.md", "LICENSE"]) assert(texts.has(file), `it lacks ${file}`);
  for (const entry of Object.values(manifest.exports)) {
    for (const path of typeof entry === "string" ? [entry] : Object.values(entry)) {
      assert(texts.has(path.slice(2)), `it lacks ${path}`);
    }
  }
  for (const [path, text] of texts) {
    assert(!/_test\.|_bench\.|testing\./.test(path.replace("self_test", "")), `it has ${path}`);
    if (path.endsWith(".d.ts")) assert(!/(from|import)\s*\(?\s*"\.[^"]*\.ts"/.test(text), path);
    if (path.endsWith(".js")) assert(!/^\s*(await )?using \w/m.test(text), `${path} has using`);
    if (!path.endsWith(".map")) continue;
    const { sources, sourcesContent } = JSON.parse(text);
    assertEquals([sources.length, sourcesContent.length], [1, 1]);
    assertMatch(sources[0], /^[\w.-]+$/, `${path} names ${sources[0]}`);
  }
}

/** What npm installed came from registries and ran no script. */
async function checkInstalled(place: Place, project: string): Promise<void> {
  const lock = JSON.parse(await Deno.readTextFile(join(place.path, project, "package-lock.json")));
  const installed = Object.entries<
    { resolved?: string; integrity?: string; hasInstallScript?: boolean }
  >(
    lock.packages,
  ).filter(([path]) => path !== "");
  assert(installed.length > 100, `${installed.length} packages`);
  for (const [path, { integrity }] of installed) assert(integrity, `${path} is of no registry`);
  const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  assertEquals(withScript, SCRIPTS_OF_OTHERS);
  const copies = installed.filter(([path]) => path.endsWith("node_modules/@tensorflow/tfjs-core"));
  assertEquals(copies.length, 1, "copies of TensorFlow.js");
}

const RAN = /^\d phases, a share of 0\.\d+\n$/m;

const importsAll = (names: readonly string[]): string =>
  names.map((name) => `await import("${name}");\n`).join("") + "process.exit(0);\n";

const ESBUILD = "0.28.2";
const BUNDLE = [
  ...["--bundle", "--platform=browser", "--format=esm", "--minify", "--splitting"],
  "--outdir=page",
];

/** Everything that a page can use. */
const PAGE = 'export * from "@espalier/espalier/browser";\n';

/** Most bytes of it, gzipped; pictures are loaded when the first is drawn. */
const PAGE_BYTES = 600_000;

/** Errors of types that are ours. */
const OURS = /^(node_modules\/@espalier\/|use\.ts|all\.ts).*/gm;

/** All checks, in an order in which the first find what is cheap to find. */
export async function checksOf({ tarballs, sources, place }: Packed): Promise<Check[]> {
  const names = (await exportedModules()).map(({ name }) => name);
  const files = {
    "run.mjs": await consumer("run.mjs"),
    "forget.mjs": await consumer("forget.mjs"),
    "ranks.mjs": await consumer("ranks.mjs"),
    "use.ts": await consumer("use.ts"),
    "imports.mjs": `import process from "node:process";\n${importsAll(names)}`,
    "all.ts": names.map((name, i) => `export * as module${i} from "${name}";\n`).join(""),
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        ...{ strict: true, noEmit: true, target: "es2022", module: "nodenext" },
        ...{ lib: ["es2022", "dom", "dom.iterable", "esnext.disposable"], types: ["node"] },
      },
      files: ["use.ts", "all.ts"],
    }),
  };
  const versions = NODES.map((version) => ({ name: `Node ${version}`, version }));
  const tsc = (flag: string) =>
    place.command(["npx", "tsc", "--skipLibCheck", flag], { in: "all", mayFail: true });

  return [
    {
      name: "what is younger than ES2022 has a stand-in",
      run: async () => assertEquals(await youngerApis(sources), []),
    },
    ...tarballs.map((tarball) => ({
      name: `${tarball.slice(tarball.lastIndexOf("/") + 1)} has all that a package needs`,
      run: () => checkContents(tarball),
    })),
    {
      name: "the root installs alone, from registries and without scripts",
      run: async () => {
        await place.project("root", files);
        await place.install(["@espalier/espalier"], { in: "root" });
        await checkInstalled(place, "root");
      },
    },
    ...versions.map(({ name, version }) => ({
      name: `a whole run in ${name}, by what ES2022 has`,
      run: async () => {
        const { out } = await place.node(version, ["--import", "./forget.mjs", "run.mjs"], {
          in: "root",
        });
        assertMatch(out, RAN);
      },
    })),
    {
      name: "a whole run in Deno",
      run: async () => {
        assertMatch((await place.deno(["run", "-A", "run.mjs"], { in: "root" })).out, RAN);
      },
    },
    {
      name: `two threads train as one does in Node ${NODES[0]}`,
      run: async () => {
        const { out } = await place.node(NODES[0], ["ranks.mjs"], { in: "root" });
        assertMatch(out, /^weights differ by /m);
      },
    },
    {
      name: "a plugin installs alone",
      run: async () => {
        await place.project("plugin", { "imports.mjs": 'await import("@espalier/plugin-kd");\n' });
        await place.install(["@espalier/plugin-kd"], { in: "plugin" });
        await place.node(NODES[0], ["imports.mjs"], { in: "plugin" });
      },
    },
    {
      name: "all tarballs install by their paths, without a registry of ours",
      run: async () => {
        await place.project("all", { ...files, ".npmrc": "" });
        const tools = [`typescript@${TYPESCRIPT}`, "@types/node@24"];
        await place.install([...tarballs, ...tools], { in: "all" });
      },
    },
    ...versions.map(({ name, version }) => ({
      name: `every module is imported in ${name}`,
      run: async () => void await place.node(version, ["imports.mjs"], { in: "all" }),
    })),
    {
      name: "every module is imported in Deno",
      run: async () => void await place.deno(["run", "-A", "imports.mjs"], { in: "all" }),
    },
    {
      name: "strict types without the check of libraries",
      run: async () => assertEquals((await tsc("true")).all, ""),
    },
    {
      name: "strict types with the check of libraries: no error is ours",
      run: async () => assertEquals((await tsc("false")).all.match(OURS) ?? [], []),
    },
    {
      name:
        "a bundler for pages takes the browser entry, which is small and asks for nothing of Node",
      run: async () => {
        await Deno.writeTextFile(join(place.path, "all", "page.mjs"), PAGE);
        await place.command(["npx", "--yes", `esbuild@${ESBUILD}`, "page.mjs", ...BUNDLE], {
          in: "all",
        });
        const text = await Deno.readTextFile(join(place.path, "all", "page", "page.js"));
        assert(!/["'`]node:[a-z]/.test(text), "it asks for modules of Node");
        const { length } = gzipSync(text, { level: 9 });
        assert(length < PAGE_BYTES, `${length} bytes`);
      },
    },
    {
      name: "the command runs",
      run: async () => {
        const { out } = await place.node(NODES[0], [
          "node_modules/@espalier/cli/main.js",
          "--version",
        ], { in: "all" });
        assertMatch(out, /^\d+\.\d+\.\d+\n$/);
      },
    },
    ...pluginChecksOf(place, tarballs),
  ];
}
