/**
 * The TypeScript compiler, which is downloaded when packages are packed and not before: whatever
 * `deno.lock` lists is downloaded by everybody's first command.
 *
 * @module
 */
import type { lower, TreeTools } from "./lower.ts";

/** Release that packs, and whose types the packed ones are checked with. */
export const TYPESCRIPT = "5.9.3";

/** What is emitted of one file. */
export interface Emitted {
  /** The text. */
  readonly outputText: string;
  /** Its source map, of JavaScript alone. */
  readonly sourceMapText?: string;
  /** What could not be emitted. */
  readonly diagnostics?: readonly { readonly messageText: string | { messageText: string } }[];
}

/** How one file is emitted. */
export interface EmitOptions {
  /** Options of the compiler, by its own names and numbers. */
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  /** Name of the file. */
  readonly fileName: string;
  /** Whether faults are returned. */
  readonly reportDiagnostics?: boolean;
  /** What changes the tree before it is written. */
  readonly transformers?: { readonly before: readonly ReturnType<typeof lower>[] };
}

/** The compiler, as far as it is used here. */
export interface TypeScript extends TreeTools {
  /** JavaScript of a file. */
  transpileModule(source: string, options: EmitOptions): Emitted;
  /** Declarations of a file whose exports bear explicit types. */
  transpileDeclaration(source: string, options: EmitOptions): Emitted;
  /** What a file imports. */
  preProcessFile(source: string): { readonly importedFiles: readonly { fileName: string }[] };
  /** Releases of the language. */
  readonly ScriptTarget: { readonly ES2022: number };
  /** Forms of modules. */
  readonly ModuleKind: { readonly ESNext: number };
}

/** The compiler. */
export async function loadTypeScript(): Promise<TypeScript> {
  return (await import(`npm:typescript@${TYPESCRIPT}`)).default;
}
