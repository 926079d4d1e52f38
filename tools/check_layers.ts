// deno-lint-ignore-file no-console -- a command's output
/**
 * Holds the direction of imports: examples, tests, bench → mod.ts → plugins, networks, datasets,
 * engines, reports → core. Run by `deno run --allow-read tools/check_layers.ts`.
 *
 * @module
 */

/** A file as this check sees it. */
export interface Source {
  /** Path from the root of the repository. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

/** Folders whose packages may import core and nothing else of the repository. */
const MIDDLE = ["plugins", "networks", "datasets", "engines", "reports"];

/** Folders that may import anything. */
const TOP = ["examples", "tests", "bench", "tools"];

/** What core must not name, for it knows no algorithm. */
const ALGORITHM = /gumbel|\bflops?\b|kullback/i;

/** The distribution is a standard one, whatever it is used for. */
const NAMES_ALLOWED = ["core/random.ts"];

const isTest = (path: string): boolean => /(_test|(^|\/)_?test(data|ing))\.ts$/.test(path);

/** The package of a path: "core", "plugins/kd", "networks", …, or "root". */
function packageOf(path: string): string {
  const [first = "", second] = path.split("/");
  if (first === "plugins") return `plugins/${second}`;
  return first === "core" || MIDDLE.includes(first) || TOP.includes(first) ? first : "root";
}

function layerOf(name: string): "core" | "middle" | "root" | "top" {
  if (name === "core" || name === "root") return name;
  return TOP.includes(name) ? "top" : "middle";
}

/** Where an import leads; undefined for what is not of this repository. */
function targetOf(specifier: string, path: string): string | undefined {
  if (specifier.startsWith(".")) {
    return packageOf(new URL(specifier, `file:///${path}`).pathname.slice(1));
  }
  const name = specifier.match(/^@espalier\/([a-z0-9-]+)/)?.[1];
  if (name === undefined) return undefined;
  if (name === "espalier") return "root";
  return name.replace(/^plugin-/, "plugins/");
}

function specifiersOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']/g;
  return [...code.matchAll(pattern)].map((match) => match[1]!);
}

function importFault(specifier: string, path: string): string | undefined {
  const from = packageOf(path);
  const to = targetOf(specifier, path);
  if (to === undefined) return foreignFault(specifier, path);
  if (from === to) return undefined;
  const [lower, upper] = [layerOf(to), layerOf(from)];
  if (upper === "top") return undefined;
  if (isTest(path) && specifier.includes("/tests/fixtures/")) return undefined;
  const byPath = specifier.startsWith(".");
  if (upper === "root") {
    return byPath || lower === "top" ? `imports ${to} by "${specifier}"` : undefined;
  }
  if (upper === "middle" && lower === "core" && !byPath) return undefined;
  return `must not import ${to} by "${specifier}"`;
}

/** What core's own files may not import from outside. */
function foreignFault(specifier: string, path: string): string | undefined {
  if (packageOf(path) !== "core" || isTest(path)) return undefined;
  const container = ["tsyringe", "reflect-metadata"].includes(specifier);
  if (container && path !== "core/_container.ts") {
    return `must not import "${specifier}": core/_container.ts does`;
  }
  if (specifier.startsWith("@std/")) return `must not import "${specifier}": it is for tests`;
  return undefined;
}

/** Static imports of node: would keep core from loading in a browser. */
function browserFault({ path, text }: Source): string | undefined {
  if (packageOf(path) !== "core" || isTest(path)) return undefined;
  const found = text.match(/^(?:import|export)(?! type\b).*\bfrom "(node:[^"]+)"/m)?.[1];
  return found && `must import "${found}" when it is needed, by import()`;
}

function nameFault({ path, text }: Source): string | undefined {
  if (packageOf(path) !== "core" || isTest(path) || NAMES_ALLOWED.includes(path)) return undefined;
  const found = text.match(ALGORITHM)?.[0];
  return found && `names an algorithm: "${found}"`;
}

/**
 * What breaks the rules.
 *
 * @param source A file.
 * @returns One sentence a fault, with the path in front.
 */
export function faultsOf(source: Source): string[] {
  const imports = specifiersOf(source.text).map((name) => importFault(name, source.path));
  return [...imports, browserFault(source), nameFault(source)]
    .filter((fault) => fault !== undefined)
    .map((fault) => `${source.path}: ${fault}`);
}

async function* sourcesIn(folder: string, prefix = ""): AsyncGenerator<Source> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = prefix + name;
    if (isDirectory && !name.startsWith(".") && name !== "node_modules") {
      yield* sourcesIn(`${folder}/${name}`, `${path}/`);
    } else if (name.endsWith(".ts")) {
      yield { path, text: await Deno.readTextFile(`${folder}/${name}`) };
    }
  }
}

if (import.meta.main) {
  const faults: string[] = [];
  for await (const source of sourcesIn(".")) faults.push(...faultsOf(source));
  faults.forEach((fault) => console.error(fault));
  if (faults.length > 0) Deno.exit(1);
}
