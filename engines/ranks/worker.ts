/**
 * Entry of a thread that runs one rank. The engine is imported dynamically, so that a rank that
 * cannot start reports why.
 *
 * @module
 */
import type { RankMessage } from "@espalier/supernet/engine";
import { parentPort, workerData } from "node:worker_threads";
import { writeFailure } from "./failure.ts";
import type { RankStart } from "./pool.ts";

const { failure, engine, threads, machine, ...place }: RankStart = workerData;

async function start(): Promise<(message: RankMessage) => void> {
  const { startEngine } = await import("../start_engine.ts");
  const { followRanks } = await import("@espalier/supernet/engine");
  await startEngine(engine, { threads, machine });
  return followRanks(place);
}

const fail = (error: unknown): void => writeFailure(failure, error);
const started = start().catch((error) => {
  fail(error);
  return () => {};
});

// Listen from the beginning: a message without a listener is lost.
parentPort!.on("message", async (message: RankMessage) => {
  try {
    (await started)(message);
  } catch (error) {
    fail(error);
  }
});
