/**
 * What the tests of the native engine share.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { nativeEngine } from "./engine.ts";
import { inspect, libraryFolder, type Variant, variantFolder } from "./install/folder.ts";

// Without it TensorFlow.js advertises tfjs-node.
tf.enableProdMode();

const reason = await nativeEngine.unavailable();

/** Test something that needs the library; without it the reason is printed once. */
export function testNative(name: string, run: () => void | Promise<void>): void {
  Deno.test({ name, ignore: reason !== undefined, fn: run });
}

/** Folder of TensorFlow's files, where the engine was installed by `deno task native`. */
export async function installedLibrary(): Promise<string | undefined> {
  for (const variant of ["cpu", "gpu"] satisfies Variant[]) {
    const folder = variantFolder(variant);
    if ((await inspect(folder)).state === "installed") return libraryFolder(folder);
  }
  return undefined;
}

if (reason !== undefined) {
  // deno-lint-ignore no-console -- a skipped test says why
  console.log(`skipped, as the native engine is not there: ${reason}`);
}
