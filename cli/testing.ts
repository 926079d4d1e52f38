/** Commands in process, and models to run them on, for the tests of this folder. */
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { run } from "./mod.ts";

/** Folders of trained models. */
export const MODELS = new URL("../tests/fixtures/models/", import.meta.url).pathname;

/** What a command wrote, and its exit code. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Run a command in this process; it leaves no tensor. */
export async function espalier(...args: readonly string[]): Promise<Outcome> {
  const tensors = tf.memory().numTensors;
  const texts = { out: "", err: "" };
  const stream = (name: keyof typeof texts) => ({
    write: (text: string) => (texts[name] += text) !== "",
  });
  const code = await run(args, { stdout: stream("out"), stderr: stream("err") });
  assertEquals(tf.memory().numTensors, tensors);
  return { code, ...texts };
}
