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

/**
 * Restore two functions of `util` that tfjs-node uses. Node removed them and Deno never had them.
 */
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
 * All of its ops are synchronous, so a training loop would block the event loop. Reading a tensor
 * asynchronously therefore waits for the next turn of the loop: `await loss.data()` in each step is
 * enough for progress, aborts and signals.
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
      // The package's type also requires two classes that nothing in it uses.
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
