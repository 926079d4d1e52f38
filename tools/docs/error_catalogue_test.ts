import { assert, assertEquals } from "@std/assert";
import { ERROR_CODES } from "../../core/errors.ts";
import { productFiles } from "../layers.ts";
import { codesIn, factsIn } from "./error_catalogue.ts";
import { readSite } from "./read_site.ts";

const site = await readSite();
const text = await Deno.readTextFile("docs/errors.md");
const sections = new Map(
  text.split(/^(?=#{2,3} )/m).flatMap((section) => {
    const [, code] = section.match(/^### (\S+)/) ?? [];
    return code === undefined ? [] : [[code, section] as const];
  }),
);

Deno.test("the catalogue of errors has every code of the sources, once, and no other", async () => {
  const files = productFiles(site.paths);
  assert(files.length > 300);
  const sources = await Promise.all(files.map((path) => Deno.readTextFile(path)));
  const codes = [...new Set(sources.flatMap(codesIn))].sort();
  assertEquals([...sections.keys()].sort(), codes);
  assertEquals(codes, Object.keys(ERROR_CODES).sort());
  assertEquals(text.match(/^### /gm)!.length, codes.length);
});

Deno.test("the catalogue names no code elsewhere in the documentation that there is not", () => {
  const current = site.guides.filter(({ path }) => !/CHANGELOG|MIGRATION/.test(path));
  const named = current.flatMap(({ text }) => codesIn(text)).filter((code) => code !== "ERR_X");
  assertEquals(named.filter((code) => !Object.hasOwn(ERROR_CODES, code)), []);
});

Deno.test("the catalogue says of each code when and why it is thrown, and what to do", () => {
  for (const [code, section] of sections) {
    const [, when, why, advice] = section.trim().split("\n\n");
    const said = ERROR_CODES[code as keyof typeof ERROR_CODES];
    assertEquals(when!.replaceAll("\n", " "), `${said[0]!.toUpperCase()}${said.slice(1)}.`);
    assert(why!.startsWith("**Why:** ") && advice!.startsWith("**What to do:** "), code);
  }
});

Deno.test("factsIn() joins the strings of a message and leaves its values out", () => {
  const source = `
/**
 * Does it.
 *
 * @throws {EspalierError} ERR_B if not; ERR_C_D else.
 */
export function doIt() {
  throw new EspalierError(
    "ERR_B",
    \`Cannot do "\${names.map((one) => \`"\${one}" }\`).join()}" as \` +
      "it must: " + \`Do \${{ a: "}" }.a} first.\`,
  );
}`;
  const facts = factsIn(source);
  assertEquals(facts, [
    { code: "ERR_B", message: 'Cannot do "…" as it must: Do … first.' },
    { code: "ERR_B", name: "doIt" },
    { code: "ERR_C_D", name: "doIt" },
  ]);
});

Deno.test("the page of the catalogue shows the messages of the sources", () => {
  const { text } = site.guides.find(({ path }) => path === "docs/errors.md")!;
  assert(text.includes("Cannot install a plugin twice: "));
  assert(text.includes("From `createPruner`"));
});
