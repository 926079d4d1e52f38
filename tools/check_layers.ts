// deno-lint-ignore-file no-console -- a command's output
/**
 * Holds the storeys of `layers.ts`: imports go down and by package name, a room inside a package is
 * entered by its `mod.ts`, no two files import each other, core knows no algorithm and loads no tensor
 * library, and nothing outgrows its budget. Run by `deno run --allow-read tools/check_layers.ts`.
 *
 * @module
 */
import { circlesOf } from "./circles.ts";
import { isProduct, isTest, ROOT, storeyOf, STOREYS, TOP } from "./layers.ts";
import { pathsIn } from "./paths.ts";

/** A file as this check sees it. */
export interface Source {
  /** Path from the root of the repository. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

/** An import of a file. */
interface Import {
  readonly specifier: string;
  /** Whether it is gone at run time. */
  readonly isType: boolean;
}

/** What core must not name, for it knows no algorithm. */
const ALGORITHM = /gumbel|\bflops?\b|kullback/i;

/** The distribution is a standard one, whatever it is used for. */
const NAMES_ALLOWED = ["core/random/random.ts"];

/** Storeys that load in a browser. */
const IN_BROWSERS = ["core", "blueprint", "supernet", "training", "pruning"];

/** Where a specifier leads: a path of the repository, or undefined for what is foreign to it. */
function targetOf(specifier: string, path: string): string | undefined {
  if (specifier.startsWith(".")) return new URL(specifier, `file:///${path}`).pathname.slice(1);
  const name = specifier.match(/^@espalier\/([a-z0-9-]+)/)?.[1];
  if (name === undefined) return undefined;
  if (name === "espalier") return "mod.ts";
  return `${name.replace(/^plugin-/, "plugins/").replace(/^import$/, "importing")}/mod.ts`;
}

/** The package of a path: "core", "plugins/kd", "engines", …, "root" or "top". */
function packageOf(path: string): string {
  const [first = "", second] = path.split("/");
  if (first === "plugins") return `plugins/${second}`;
  if (TOP.includes(first)) return "top";
  return storeyOf(path) === undefined ? ROOT : first;
}

function importsOf(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const pattern =
    /(?:\b(import|export)(\s+type)?\b[^"';]*?\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']/g;
  return [...code.matchAll(pattern)].map(([, , type, specifier]) => ({
    specifier: specifier!,
    isType: type !== undefined,
  }));
}

function importFault({ specifier, isType }: Import, path: string): string | undefined {
  const target = targetOf(specifier, path);
  if (target === undefined) return foreignFault(specifier, { path, isType });
  const byPath = specifier.startsWith(".");
  const [from, to] = [packageOf(path), packageOf(target)];
  if (from === "top") return undefined;
  if (from !== to && byPath && !(isTest(path) && isForTests(target))) {
    return `imports ${to} by "${specifier}"`;
  }
  const [upper, lower] = [storeyOf(path), storeyOf(target)];
  if (isTest(path) || upper === undefined) return undefined;
  if (upper === lower && from === to) return undefined;
  const below = lower?.folder ?? to;
  if (!upper.imports.includes(below)) return `must not import ${below} by "${specifier}"`;
  const isEntered = from !== to || target === `${below}/mod.ts`;
  return isEntered ? undefined : `must enter ${below} by its mod.ts, not by "${specifier}"`;
}

/** What a test may name by its path. */
const isForTests = (path: string) => path.startsWith("tests/fixtures/") || isTest(path);

/** What may not be imported from outside the repository. */
function foreignFault(
  specifier: string,
  { path, isType }: { readonly path: string; readonly isType: boolean },
): string | undefined {
  if (storeyOf(path) === undefined || isTest(path)) return undefined;
  const container = ["tsyringe", "reflect-metadata"].includes(specifier);
  if (container && path !== "core/plugin/container.ts") {
    return `must not import "${specifier}": core/plugin/container.ts does`;
  }
  if (specifier.startsWith("@std/")) return `must not import "${specifier}": it is for tests`;
  if (path.startsWith("core/") && specifier.startsWith("@tensorflow/") && !isType) {
    return `must import types alone of "${specifier}"`;
  }
  return undefined;
}

/** Static imports of node: would keep a storey from loading in a browser. */
function browserFault({ path, text }: Source): string | undefined {
  if (!IN_BROWSERS.includes(storeyOf(path)?.folder ?? "") || isTest(path)) return undefined;
  const found = text.match(/^(?:import|export)(?! type\b).*\bfrom "(node:[^"]+)"/m)?.[1];
  return found && `must import "${found}" when it is needed, by import()`;
}

function nameFault({ path, text }: Source): string | undefined {
  const isCore = storeyOf(path)?.folder === "core";
  if (!isCore || isTest(path) || NAMES_ALLOWED.includes(path)) return undefined;
  const found = text.match(ALGORITHM)?.[0];
  return found && `names an algorithm: "${found}"`;
}

/**
 * What breaks the rules in one file.
 *
 * @param source A file.
 * @returns One sentence a fault, with the path in front.
 */
export function faultsOf(source: Source): string[] {
  const imports = importsOf(source.text).map((found) => importFault(found, source.path));
  return [...imports, browserFault(source), nameFault(source)]
    .filter((fault) => fault !== undefined)
    .map((fault) => `${source.path}: ${fault}`);
}

/**
 * Files that import each other in a circle, types included.
 *
 * @param sources All files.
 * @returns One sentence a circle.
 */
export function circleFaults(sources: readonly Source[]): string[] {
  const imports = new Map(sources.map(({ path, text }) => [
    path,
    importsOf(text).map(({ specifier }) => specifier)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => targetOf(specifier, path)!),
  ]));
  return circlesOf(imports).map((circle) => `import each other: ${circle.join(", ")}`);
}

/** Product lines of a storey. */
export interface Size {
  /** Its folder. */
  readonly folder: string;
  /** What it has. */
  readonly used: number;
  /** What it may have. */
  readonly lines: number;
}

/** Product lines of every storey, from the ground upwards. */
export function sizesOf(sources: readonly Source[]): Size[] {
  return STOREYS.map(({ folder, lines }) => {
    const own = sources.filter(({ path }) => storeyOf(path)?.folder === folder && isProduct(path));
    const used = own.reduce((sum, { text }) => sum + text.split("\n").length - 1, 0);
    return { folder, used, lines };
  });
}

async function* readSources(): AsyncGenerator<Source> {
  for await (const path of pathsIn(".")) {
    if (path.endsWith(".ts")) yield { path, text: await Deno.readTextFile(path) };
  }
}

if (import.meta.main) {
  const sources = await Array.fromAsync(readSources());
  const sizes = sizesOf(sources);
  for (const { folder, used, lines } of sizes) {
    console.log(`${folder.padEnd(16)} ${String(used).padStart(5)} of ${lines} lines`);
  }
  const faults = [
    ...sources.flatMap(faultsOf),
    ...circleFaults(sources),
    ...sizes.filter(({ used, lines }) => used > lines)
      .map(({ folder, used, lines }) => `${folder}/ has ${used} lines, more than its ${lines}`),
  ];
  faults.forEach((fault) => console.error(fault));
  if (faults.length > 0) Deno.exit(1);
}
