/**
 * What the tests of the native engine share.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { nativeEngine } from "./engine.ts";
import { findLibrary } from "./install/folder.ts";
import { type EagerContext, openContext } from "./ffi/context.ts";
import { withoutStderr } from "./ffi/libc.ts";

// Without it TensorFlow.js advertises tfjs-node.
tf.enableProdMode();

const reason = await nativeEngine.unavailable();

/** Test something that needs the library; without it the reason is printed once. */
export function testNative(name: string, run: () => void | Promise<void>): void {
  Deno.test({ name, ignore: reason !== undefined, fn: run });
}

const { folder } = await findLibrary();

/** Test something that needs what `deno task native` installed; otherwise the reason is printed. */
export function testContext(
  name: string,
  run: (context: EagerContext) => void | Promise<void>,
): void {
  Deno.test({
    name,
    ignore: folder === undefined,
    fn: async () => {
      using context = withoutStderr(() => openContext(folder!, { threads: 2 }));
      await run(context);
    },
  });
}

if (reason !== undefined) {
  // deno-lint-ignore no-console -- a skipped test says why
  console.log(`skipped, as the native engine is not there: ${reason}`);
}
