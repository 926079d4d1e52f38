/**
 * Helpers of the tests of the native engine.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { nativeEngine } from "./engine.ts";
import { findLibrary } from "./install/folder.ts";
import { openContext } from "./ffi/context.ts";
import type { EagerContext } from "./ffi/eager_context.ts";
import { withoutStderr } from "./ffi/libc.ts";

// Without it TensorFlow.js advertises tfjs-node.
tf.enableProdMode();

const { reason } = await nativeEngine.unavailable() ?? {};

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

/** Values between -1 and 1, and at least 0.05 away from 0, where relu and abs have no gradient. */
export function values(shape: readonly number[], seed: number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  let state = seed * 7919 + 13;
  const data = Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = state / 2 ** 31 - 1;
    return Math.sign(value) * (0.05 + 0.95 * Math.abs(value));
  });
  return tf.tensor(data, [...shape]);
}

/** What a program did. */
export interface ProgramOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Run a module, as if it lay in this folder, in a process of its own.
 *
 * @param code The module.
 * @param options Additional environment variables; permissions, all by default.
 * @returns Its exit code and output.
 */
export async function runModule(
  code: string,
  options: { env?: Record<string, string>; permissions?: readonly string[] } = {},
): Promise<ProgramOutput> {
  const { env = {}, permissions = ["--allow-all"] } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-prompt", ...permissions, "-"],
    cwd: import.meta.dirname!,
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(code));
  await input.close();
  const { code: exit, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code: exit, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

if (reason !== undefined) {
  // deno-lint-ignore no-console -- a skipped test says why
  console.log(`skipped, as the native engine is not there: ${reason}`);
}
