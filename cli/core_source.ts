/** Where a new plugin finds Espalier. */
import type { CoreSource } from "@espalier/scaffolding";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./failure.ts";

const TARBALL = /^espalier-(.+)-\d+\.\d+\.\d+\.tgz$/;

/** A path to a folder, as configurations write it. */
const pathTo = (from: string, to: string): string => {
  const path = relative(from, to).replaceAll("\\", "/");
  return path.startsWith(".") ? path : `./${path}`;
};

async function isClone(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, "deno.json"), "utf8").catch(() => "{}");
  return JSON.parse(text).name === "@espalier/espalier";
}

/** The clone that a folder lies in, if there is one. */
async function cloneAbove(folder: string): Promise<string | undefined> {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) if (await isClone(at)) return at;
  return undefined;
}

/** The clone that this program runs from, if it does. */
async function ownClone(): Promise<string | undefined> {
  const { protocol } = new URL(import.meta.url);
  return protocol === "file:"
    ? await cloneAbove(fileURLToPath(new URL(".", import.meta.url)))
    : undefined;
}

/**
 * The folder of a new plugin: beside the clone where the current folder lies in it, as a workspace
 * refuses folders that are no members.
 *
 * @throws {UsageError} If it lies in a clone.
 */
export async function folderOf(name: string, out: string | undefined): Promise<string> {
  const own = name.slice(name.indexOf("/") + 1);
  const clone = await cloneAbove(resolve("."));
  const folder = resolve(out ?? join(clone ? dirname(clone) : ".", own));
  if (await cloneAbove(dirname(folder)) === undefined) return folder;
  throw new UsageError(`"${folder}" lies in a clone of Espalier; choose a folder outside by --out`);
}

/**
 * Where a plugin finds Espalier: a folder with a clone or tarballs, or `published`.
 *
 * @param wish What the user named; absent: the clone that this program runs from, else the registry.
 * @param folder Of the plugin.
 * @throws {UsageError} For a folder with neither.
 */
export async function coreSource(wish: string | undefined, folder: string): Promise<CoreSource> {
  const place = wish ?? await ownClone();
  if (place === undefined || place === "published") return { kind: "published" };
  if (await isClone(place)) return { kind: "linked", path: pathTo(folder, resolve(place)) };
  const files = await readdir(place).catch((): string[] => []);
  const tarballs = files.flatMap((file) => {
    const [, own] = TARBALL.exec(file) ?? [];
    return own === undefined
      ? []
      : [[`@espalier/${own}`, `file:${pathTo(folder, resolve(place, file))}`]];
  });
  if (tarballs.length > 0) return { kind: "packed", tarballs: Object.fromEntries(tarballs) };
  throw new UsageError(
    `"${place}" has neither a clone of Espalier nor its tarballs, which \`deno task pack\` makes`,
  );
}
