/**
 * Studies on many machines, by a queue of BullMQ on Redis.
 *
 * @module
 */
export { bullmqFleet, type BullmqFleetOptions } from "./bullmq_fleet.ts";
export type { QueuedRun, RedisOptions } from "./contract.ts";
export { workOnQueue, type WorkOptions } from "./work_on_queue.ts";
