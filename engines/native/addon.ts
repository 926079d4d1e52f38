/**
 * The compiled addon of `@tensorflow/tfjs-node-gpu`, where npm installed that package with its
 * binary.
 *
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import type { Binding } from "./ffi/binding.ts";

/** The package whose backend and kernels the engine uses. */
export const PACKAGE = "@tensorflow/tfjs-node-gpu";

const ADDON = "tfjs_binding.node";

function packageFolder(from: string): string | undefined {
  try {
    return dirname(createRequire(from).resolve(`${PACKAGE}/package.json`));
  } catch {
    // The package is not installed there, or the place is not a file.
    return undefined;
  }
}

/**
 * The newest addon in the package that this runtime can load.
 *
 * @param folder Folder of the package.
 * @returns Its path, if there is one.
 */
export function addonIn(folder: string): string | undefined {
  const builds = join(folder, "lib");
  if (!existsSync(builds)) return undefined;
  const newest = Number(process.versions.napi ?? 8);
  const versions = readdirSync(builds)
    .map((name) => Number(/^napi-v(\d+)$/.exec(name)?.[1]))
    .filter((version) => version <= newest)
    .sort((a, b) => b - a);
  return versions
    .map((version) => join(builds, `napi-v${version}`, ADDON))
    .find((path) => existsSync(path));
}

/**
 * Find the addon without loading it.
 *
 * @param places Files whose folders are searched for the package; by default this module and the
 * user's project.
 * @returns Its path; undefined where the package is missing or has no binary.
 */
export function findAddon(
  places: readonly string[] = [import.meta.url, join(process.cwd(), "package.json")],
): string | undefined {
  for (const place of places) {
    const folder = packageFolder(place);
    const addon = folder && addonIn(folder);
    if (addon) return addon;
  }
  return undefined;
}

/**
 * Load the addon.
 *
 * @param path What {@linkcode findAddon} found.
 * @returns Its binding.
 */
export function loadAddon(path: string): Binding {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "3";
  return createRequire(path)(path);
}
