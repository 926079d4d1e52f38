/**
 * What must hold of the plugins in `examples/third_party`, by the packed packages alone.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import type { Check } from "./check.ts";
import { NODES, type Place } from "./place.ts";

const HERE = new URL("../../examples/third_party/", import.meta.url).pathname;

/** What a plugin's project does not bring along. */
const MADE = ["node_modules", "dist", "runs"];

async function filesOf(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && !MADE.includes(name)) files[name] = await Deno.readTextFile(join(folder, name));
  }
  return files;
}

/** What a lock file says of a package. */
interface Locked {
  readonly version: string;
  readonly resolved?: string;
}

interface Lock {
  readonly packages: Readonly<Record<string, Locked>>;
}

/** A lock file without Espalier's own packages, whose tarballs change with each commit, and addresses. */
function withoutOurs({ packages, ...lock }: Lock): Lock {
  const foreign = Object.entries(packages)
    .filter(([path]) => !path.startsWith("node_modules/@espalier/"))
    .map(([path, { resolved: _, ...locked }]) => [path, locked]);
  return { ...lock, packages: Object.fromEntries(foreign) };
}

/** Versions by place; releases of npm differ in what else they write. */
const versionsIn = (lock: Lock): object =>
  Object.fromEntries(
    Object.entries(withoutOurs(lock).packages).map(([path, { version }]) => [path, version]),
  );

/**
 * Checks of the plugins.
 *
 * @param place Where they are tried.
 * @param options Whether their lock files are written anew.
 */
export async function thirdPartyChecksOf(
  place: Place,
  { locks }: { readonly locks: boolean },
): Promise<Check[]> {
  const names = (await Array.fromAsync(Deno.readDir(HERE)))
    .filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
  assert(names.length >= 2, `${names}`);
  const [first, last] = [NODES[0], NODES.at(-1)!];
  return names.flatMap((name): Check[] => {
    const inside = { in: name };
    return [
      {
        name: `${name} installs by its lock file`,
        run: async () => {
          const { "package-lock.json": lock, ...files } = await filesOf(join(HERE, name));
          await place.project(name, { ...files, ...!locks && { "package-lock.json": lock! } });
          await place.install([], inside);
          const path = join(place.path, name, "package-lock.json");
          const made: Lock = JSON.parse(await Deno.readTextFile(path));
          if (!locks) {
            const message = "the lock file; `deno task packs --locks` writes it anew";
            return assertEquals(versionsIn(made), versionsIn(JSON.parse(lock!)), message);
          }
          const text = `${JSON.stringify(withoutOurs(made), null, 2)}\n`;
          await Deno.writeTextFile(join(HERE, name, "package-lock.json"), text);
        },
      },
      {
        name: `${name} is typed, and passes its tests in Node ${first} and in Deno`,
        run: async () => {
          await place.command(["npm", "run", "check"], inside);
          await place.node(first, ["--test"], inside);
          await place.deno(["test", "-A", "--no-check"], inside);
        },
      },
      {
        name: `${name} is packed, and its example runs in Node ${last}`,
        run: async () => {
          const { out } = await place.command(["npm", "pack", "--json", "--silent"], inside);
          assertMatch(out, /"dist\/mod\.d\.ts"/);
          assertMatch((await place.node(last, ["example.ts"], inside)).out, /pruned, taught/);
        },
      },
    ];
  });
}
