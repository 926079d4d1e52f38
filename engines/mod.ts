/**
 * Engines: what Espalier computes on, and the choice of one.
 *
 * @module
 */
export { type EngineOptions, useEngine } from "./choose.ts";
export type {
  Engine,
  EngineInfo,
  EngineName,
  StartedEngine,
  StartOptions,
  Unavailable,
} from "./engine.ts";
