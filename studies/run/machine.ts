/**
 * What this machine has room for.
 *
 * @module
 */
import { engineServices } from "@espalier/supernet/engine";
import * as tf from "@tensorflow/tfjs";
import { availableParallelism, freemem } from "node:os";

/** Bytes of memory that a new process can have. */
export function freeMemory(): number {
  const deno = (globalThis as { Deno?: typeof Deno }).Deno;
  return deno?.systemMemoryInfo().available ?? freemem();
}

/** Processes that the processors are enough for, with the threads and ranks of the engine in use. */
export function processesThatFit(): number {
  const { threads = 1 } = tf.backend() as { readonly threads?: number };
  const ranks = engineServices().ranks?.size ?? 1;
  return Math.max(1, Math.floor(availableParallelism() / (threads * ranks)));
}
