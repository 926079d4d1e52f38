/**
 * Sources of Deno as files of npm: JavaScript of ES2022 with source maps, and declarations.
 *
 * @module
 */
import { dirname, join, relative } from "node:path/posix";
import { importYounger, lower, needsYounger, YOUNGER } from "./lower.ts";
import type { Emitted, TypeScript } from "./typescript.ts";

/** What a package's folder on npm holds: texts by path. */
export type Files = Map<string, string>;

/** What is emitted of a package. */
export interface EmittedPackage {
  /** Texts by path, from the package's folder. */
  readonly files: Files;
  /** What its files import beside each other, as it is written. */
  readonly imports: ReadonlySet<string>;
}

const WORKER = /new URL\("(\.{1,2}\/[^"]+)\.ts", import\.meta\.url\)/g;
/** `export * as name from`, which the compiler's scanner of imports passes over. */
const NAMESPACE = /^export \* as \w+ from "([^"]+)"/gm;
/** A method that the compiler declares twice, as a property too. */
const SYMBOL_PROPERTY =
  /(?: *\/\*\*(?:(?!\*\/)[^])*\*\/\n)? *(static )?\[Symbol\.(\w+)\]: \(.*\) => .*;\n/g;
const RELATIVE = /((?:from|import)\s*\(?\s*")(\.{1,2}\/[^"]+)\.ts"/g;

const isRelative = (specifier: string): boolean => /^\.{1,2}\//.test(specifier);

/** Declarations as others compile them. */
function declarations(text: string): string {
  const single = text.replace(
    SYMBOL_PROPERTY,
    (property, _static, name) => text.includes(`[Symbol.${name}](`) ? "" : property,
  );
  return single.replace(RELATIVE, '$1$2.js"');
}

/** A source's name as the module of JavaScript, or as its declarations. */
const renamed = (path: string, ending: ".js" | ".d.ts"): string => path.replace(/\.ts$/, ending);

function messageOf({ messageText }: NonNullable<Emitted["diagnostics"]>[number]): string {
  return typeof messageText === "string" ? messageText : messageText.messageText;
}

/**
 * Emit a package: what its entries reach, and no more. What is younger than ES2022 is
 * written in older words.
 *
 * @param ts The compiler.
 * @param entries Paths of the entries, from the package's folder.
 * @param read Reads a source.
 * @returns The files, and what they import.
 * @throws {Error} If the type of an export is not written down: declarations would lack it.
 */
export async function emitPackage(
  ts: TypeScript,
  entries: readonly string[],
  read: (path: string) => Promise<string>,
): Promise<EmittedPackage> {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    sourceMap: true,
    inlineSources: true,
    declaration: true,
    isolatedDeclarations: true,
  };
  const younger = ts.transpileModule(
    await Deno.readTextFile(new URL("./younger.ts", import.meta.url)),
    { compilerOptions: { ...compilerOptions, sourceMap: false }, fileName: `${YOUNGER}.ts` },
  ).outputText;
  const files: Files = new Map();
  const imports = new Set<string>();

  /** Files that a text refers to; packages are noted. */
  function referred(path: string, text: string): string[] {
    const specifiers = [
      ...ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName),
      ...Array.from(text.matchAll(NAMESPACE), ([, specifier]) => specifier!),
    ];
    for (const one of specifiers) if (!isRelative(one)) imports.add(one);
    const workers = [...text.matchAll(WORKER)].map(([, file]) => `${file}.ts`);
    return [...specifiers.filter(isRelative), ...workers]
      .map((one) => join(dirname(path), one.replace(/\.js$/, ".ts")));
  }

  async function emitScript(path: string): Promise<string[]> {
    const fileName = path.slice(path.lastIndexOf("/") + 1);
    const { outputText, sourceMapText } = ts.transpileModule(await read(path), {
      ...{ compilerOptions, fileName, transformers: { before: [lower(ts)] } },
    });
    const script = outputText.replace(WORKER, 'new URL("$1.js", import.meta.url)');
    files.set(renamed(path, ".js"), script);
    files.set(`${renamed(path, ".js")}.map`, sourceMapText!);
    if (needsYounger(script)) {
      // At the end, so that lines stay where the map has them; imports count from anywhere.
      const toRoot = relative(dirname(path), ".") || ".";
      files.set(renamed(path, ".js"), script + "\n" + importYounger(`${toRoot}/`));
      files.set(`${YOUNGER}.js`, younger);
    }
    return referred(path, outputText);
  }

  async function emitTypes(path: string): Promise<string[]> {
    const { outputText, diagnostics = [] } = ts.transpileDeclaration(await read(path), {
      compilerOptions,
      fileName: path,
      reportDiagnostics: true,
    });
    if (diagnostics.length > 0) {
      throw new Error(
        `Cannot pack ${path} as its exports must have types: ` +
          `${messageOf(diagnostics[0]!)} \`deno publish --dry-run\` names them.`,
      );
    }
    files.set(renamed(path, ".d.ts"), declarations(outputText));
    return referred(path, outputText);
  }

  for (const emit of [emitScript, emitTypes]) {
    const seen = new Set(entries);
    for (const path of seen) for (const found of await emit(path)) seen.add(found);
  }
  return { files, imports };
}
