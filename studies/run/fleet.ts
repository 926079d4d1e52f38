/**
 * What workers on other machines are made of.
 *
 * @module
 */
export type { Fleet, FleetContext, Lane, OpenFleet } from "./lanes.ts";
export { errorOf } from "./messages.ts";
export type { Job } from "./run_cell.ts";
export { isWorkerOf, serve, type ServeOptions } from "./serve.ts";
export { WorkerLost, WorkerProcess } from "./worker_process.ts";
export { readLeft, resultMade, writeLeft } from "../plan/study_folder.ts";
