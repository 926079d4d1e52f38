/**
 * TensorFlow.js's backend over a binding.
 *
 * @module
 */
import { createRequire } from "node:module";
import { setImmediate } from "node:timers";
import * as tf from "@tensorflow/tfjs";
import { PACKAGE } from "./addon.ts";
import type { Binding } from "./ffi/binding.ts";

/** Name under which the kernels of tfjs-node are registered. */
export const BACKEND = "tensorflow";

const PRIORITY = 3;

/** tfjs-node uses two functions that Node took out of `util`, and that Deno never had. */
function restoreUtil(): void {
  const util = createRequire(import.meta.url)("node:util");
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

/** Wait for the next turn of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Make the backend the current one.
 *
 * Every op of it is synchronous, so a training loop would never let the event loop run. Reading a
 * tensor asynchronously therefore waits for the loop's next turn: `await loss.data()` in each step
 * is enough for progress, aborts and signals.
 *
 * @param open Opens the binding; called unless the backend is registered already.
 * @returns The backend's binding.
 */
export async function setBackend(open: () => Binding): Promise<Binding> {
  restoreUtil();
  const { NodeJSKernelBackend } = await import(
    "@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js"
  );
  await import("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  type NodeBinding = ConstructorParameters<typeof NodeJSKernelBackend>[0];
  if (tf.findBackendFactory(BACKEND) === null) {
    const binding = open();
    tf.registerBackend(BACKEND, () => {
      // The package's type also asks for two classes that nothing in it uses.
      const backend = new NodeJSKernelBackend(binding as unknown as NodeBinding, PACKAGE);
      backend.read = async (id) => {
        await nextTurn();
        return backend.readSync(id);
      };
      return backend;
    }, PRIORITY);
  }
  await tf.setBackend(BACKEND);
  return (tf.backend() as InstanceType<typeof NodeJSKernelBackend>).binding as unknown as Binding;
}
