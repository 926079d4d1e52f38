/**
 * What the sources use that ES2022 has not, by the compiler: it is given the library of ES2022.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { exportedModules, packageFolders, readPackage } from "../workspace.ts";
import { STAND_INS } from "./lower.ts";

/** Types that `using` and iteration need; what is in them beside types has a stand-in or is old. */
const LIBRARIES = ["es2022", "dom", "dom.iterable", "dom.asynciterable", "esnext.disposable"];

/** An error that says that something is not there, and what. */
const MISSING =
  /TS(?:2304|2339|2550|2551|2552|2583|2693) \[ERROR\]: (?:Property |Cannot find name )?'(\w+)'.*/g;

/** As {@linkcode LIBRARIES} brings them, they pass the compiler. */
const UNSEEN = /\b(AsyncDisposableStack|SuppressedError)\b(?=\()/g;

async function configuration(): Promise<object> {
  const folders = await packageFolders();
  const packages = await Promise.all(folders.map(readPackage));
  const base = `${pathToFileURL(".")}/`;
  const modules = await exportedModules();
  const own = modules.map(({ name, file }) => [name, new URL(file, base).href]);
  const foreign = packages.flatMap(({ imports = {} }) => Object.entries(imports))
    .map(([name, target]) => [name, /^\.\//.test(target) ? new URL(target, base).href : target]);
  return {
    imports: Object.fromEntries([...foreign, ...own]),
    compilerOptions: { lib: LIBRARIES, exactOptionalPropertyTypes: true },
    ...{ nodeModulesDir: "none", lock: false },
  };
}

/**
 * Look through the sources.
 *
 * @param sources Paths.
 * @returns Lines about what is younger and has no stand-in; empty if there is nothing.
 */
export async function youngerApis(sources: readonly string[]): Promise<string[]> {
  const config = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(config, JSON.stringify(await configuration()));
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", config, ...sources],
      env: { NO_COLOR: "1" },
    }).output();
    const found = [...new TextDecoder().decode(stderr).matchAll(MISSING)];
    const texts = await Promise.all(sources.map((path) => Deno.readTextFile(path)));
    const unseen = texts.flatMap((text) => [...text.matchAll(UNSEEN)]);
    return [
      ...new Set([...found, ...unseen].filter(([, name]) => !isKnown(name!)).map(([line]) => line)),
    ];
  } finally {
    await Deno.remove(config);
  }
}

const isKnown = (name: string): boolean => name === "Deno" || STAND_INS.has(name);
