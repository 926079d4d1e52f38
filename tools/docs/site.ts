// deno-lint-ignore-file no-console -- a command's output
/**
 * Writes the guides and the API reference as a static site into `site/`, and fails on a link that
 * leads nowhere. Run by `deno task docs:site`; it needs no network.
 *
 * @module
 */
import { join } from "node:path/posix";
import { deadInApi, deadReferences } from "./dead_links.ts";
import { type Site, withWayBack } from "./pages.ts";
import { readSite } from "./read_site.ts";
import { type Entry, writeGuides } from "./write_guides.ts";
import { OUTPUT, pathsIn } from "../paths.ts";

/** The API reference, by Deno's own generator, which makes no folder above its output. */
async function writeApi({ modules }: Site): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["doc", "--html", "--name=Espalier", `--output=${OUTPUT}/api`],
      ...modules.map(({ file }) => file),
    ],
  }).output();
  if (!success) throw new Error(`deno doc failed: ${new TextDecoder().decode(stderr)}`);
  for await (const path of pathsIn(`${OUTPUT}/api`)) {
    if (!path.endsWith(".html")) continue;
    const html = await Deno.readTextFile(path);
    if (!html.includes('id="topnav"')) continue; // a redirection
    await Deno.writeTextFile(path, withWayBack(html, path.slice(OUTPUT.length + 1), modules));
  }
}

/** What `deno doc` writes for its own search, as far as this one reads it. */
interface ApiIndex {
  DENO_DOC_SEARCH_INDEX?: {
    readonly nodes: readonly {
      readonly name: string;
      readonly file: string;
      readonly url: string;
    }[];
  };
}

/** Exported names, out of that script, which sets a property of the window. */
async function exportedNames({ modules }: Site): Promise<Entry[]> {
  const window: ApiIndex = {};
  new Function("window", await Deno.readTextFile(`${OUTPUT}/api/search_index.js`))(window);
  const nodes = window.DENO_DOC_SEARCH_INDEX!.nodes.filter(({ name }) => !name.includes("."));
  return nodes.map(({ name, file, url }): Entry => {
    const module = modules.find((module) => module.file === (file === "." ? "mod.ts" : file));
    return [name, module?.name ?? file, join("api", url)];
  });
}

const site = await readSite();
await Deno.remove(OUTPUT, { recursive: true }).catch(() => {});
await Deno.mkdir(OUTPUT);
await writeApi(site);
const pages = await writeGuides(site, { folder: OUTPUT, names: await exportedNames(site) });
const files = new Set(
  await Array.fromAsync(pathsIn(OUTPUT), (path) => path.slice(OUTPUT.length + 1)),
);
const dead = [
  ...deadReferences(pages, (path) => files.has(path)),
  ...await deadInApi(OUTPUT, files),
];
dead.forEach((reference) => console.error(`Dead link: ${reference}`));
if (dead.length > 0) Deno.exit(1);
console.log(`${pages.size} guides and the API reference: ${OUTPUT}/index.html`);
