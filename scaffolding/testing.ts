/** New plugins on the disk, for tests. */
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { newPlugin, type NewPluginOptions } from "./mod.ts";

/** Write the files of a new plugin into a folder. */
export async function writePlugin(
  folder: string,
  { name, ...options }: NewPluginOptions & { readonly name: string },
): Promise<void> {
  for (const [path, text] of newPlugin(name, options)) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
}

/** This clone, from a folder. */
export const clonePath = (folder: string): string =>
  relative(folder, fileURLToPath(new URL("..", import.meta.url)));
