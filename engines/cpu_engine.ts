/**
 * The cpu engine.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Engine } from "./engine.ts";

/** TensorFlow.js in plain JavaScript: the reference for tests, far too slow for training. */
export const cpuEngine: Engine = {
  name: "cpu",
  unavailable: () => Promise.resolve(undefined),
  async start() {
    await tf.setBackend("cpu");
    return { device: "plain JavaScript, 1 thread", threads: 1, readsCheaply: true };
  },
};
