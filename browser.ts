/**
 * Espalier in a page: what needs no files, processes or other runtime than a browser. Runs are kept by
 * {@linkcode indexedDbStore}.
 *
 * @module
 */
export * from "./anywhere.ts";

export { indexedDbStore } from "@espalier/core";
export { fromTfData, holdOut, inMemory, synthetic } from "@espalier/datasets/browser";
export {
  type BrowserEngineOptions,
  type EngineInfo,
  useBrowserEngine,
} from "@espalier/engines/browser";
export { progressLine } from "@espalier/reports/browser";
export { toLayersModel } from "@espalier/supernet";
