/**
 * The catalogue of errors: what the sources say of each code, beside the advice of `docs/errors.md`.
 *
 * @module
 */
import type { Guide } from "./pages.ts";
import { productFiles } from "../layers.ts";
import { entryPoints } from "../workspace.ts";

/** What the sources say of a code. */
export interface CodeFacts {
  /** Its messages, values left out. */
  readonly messages: ReadonlySet<string>;
  /** Exported functions whose documentation names it. */
  readonly functions: ReadonlySet<string>;
}

/** Codes of Node, which the sources know by name. */
const FOREIGN: readonly string[] = ["ERR_INVALID_ARG_VALUE"];

/** All codes that a text names. */
export function codesIn(text: string): string[] {
  return [...text.matchAll(/\bERR_[A-Z]+(?:_[A-Z]+)*\b/g)].map(([code]) => code)
    .filter((code) => !FOREIGN.includes(code));
}

/** Where a string, template or `${…}` whose content begins at `start` ends: behind its close. */
function endOf(source: string, start: number, close: string): number {
  for (let at = start; at < source.length; at++) {
    const here = source[at]!;
    if (here === close) return at + 1;
    if (here === "\\") at++;
    else if (close === "`" && source.startsWith("${", at)) at = endOf(source, at + 2, "}") - 1;
    else if (close === "}" && `"'\``.includes(here)) at = endOf(source, at + 1, here) - 1;
    else if (close === "}" && here === "{") at = endOf(source, at + 1, "}") - 1;
  }
  return source.length;
}

/** The template without its values: `Cannot read "…"`. */
function withoutValues(template: string): string {
  let text = "";
  for (let at = 0; at < template.length;) {
    if (template.startsWith("${", at)) {
      at = endOf(template, at + 2, "}");
      text += "…";
    } else text += template[at++];
  }
  return text.replaceAll("\\n", " ").replaceAll(/\\([`"])/g, "$1");
}

/** The strings that stand in a row at `start`, joined by `+`, as one; values are left out. */
function messageAt(source: string, start: number): string {
  let text = "";
  let at = start;
  for (;;) {
    const [gap] = source.slice(at).match(/^[\s+]*/)!;
    at += gap.length;
    const quote = source[at]!;
    if (quote !== '"' && quote !== "`") return text.trim();
    const end = endOf(source, at + 1, quote);
    text += withoutValues(source.slice(at + 1, end - 1));
    at = end;
  }
}

/** Whether a message says more than the values that it leaves out. */
const saysSomething = (message: string): boolean =>
  !message.startsWith("ERR_") && message.replaceAll(/Cannot|\W/g, "").length > 12;

/** A message of a code, or a function whose documentation names the code. */
export type Fact = { readonly code: string; readonly message?: string; readonly name?: string };

/** What a file says of codes. */
export function factsIn(source: string): Fact[] {
  const code = source.replace(/\/\*\*[\s\S]*?\*\//g, "");
  const messages = [...code.matchAll(/"(ERR_[A-Z_]+)",/g)]
    .map((found) => ({
      code: found[1]!,
      message: messageAt(code, found.index + found[0].length),
    }))
    .filter(({ message }) => saysSomething(message));
  const documented =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export (?:async )?(?:function|const) (\w+)/g;
  const names = [...source.matchAll(documented)].flatMap(([, text, name]) => {
    const thrown = text!.split("@throws").slice(1).join(" ");
    return codesIn(thrown).map((code) => ({ code, name: name! }));
  });
  return [...messages, ...names];
}

/** What the sources say of each code; of functions, those that a package exports. */
export async function readFacts(paths: Iterable<string>): Promise<Map<string, CodeFacts>> {
  const files = await Promise.all(productFiles(paths).map((path) => Deno.readTextFile(path)));
  const entries = await Promise.all((await entryPoints()).map((path) => Deno.readTextFile(path)));
  const exported = new Set(entries.join("\n").match(/\w+/g));
  const facts = new Map<string, { messages: Set<string>; functions: Set<string> }>();
  for (const file of files) {
    for (const { code, message, name } of factsIn(file)) {
      const known = facts.get(code) ?? { messages: new Set(), functions: new Set() };
      if (message !== undefined) known.messages.add(message);
      if (name !== undefined && exported.has(name)) known.functions.add(name);
      facts.set(code, known);
    }
  }
  return facts;
}

function factsText({ messages, functions }: CodeFacts): string {
  const documented = [...functions].sort().map((name) => `\`${name}\``).join(", ");
  const said = [...messages].map((message) => `- ${message.replace(/([<*_[\]])/g, "\\$1")}`);
  return [
    ...documented === "" ? [] : [`From ${documented}.`],
    ...said.length === 0
      ? []
      : [`<details><summary>Messages</summary>\n\n${said.join("\n")}\n\n</details>`],
  ].map((part) => `${part}\n\n`).join("");
}

/** `docs/errors.md` with what the sources say, behind the advice about each code. */
export async function catalogueGuide(guide: Guide, paths: Iterable<string>): Promise<Guide> {
  const facts = await readFacts(paths);
  const sections = guide.text.split(/^(?=#{2,3} )/m).map((section) => {
    const [, code] = section.match(/^### (ERR_\w+)/) ?? [];
    const known = code && facts.get(code);
    return known ? `${section.trimEnd()}\n\n${factsText(known)}` : section;
  });
  return { ...guide, text: sections.join("") };
}
