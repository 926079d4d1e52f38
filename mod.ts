/**
 * Espalier: prunes networks to a budget by searching their architecture, after TAS. What a user and
 * the author of a plugin need; the rest is in the packages.
 *
 * @module
 */
export * from "./anywhere.ts";

export { folderStore, readJournal } from "@espalier/core";
export { cifar10, cifar100, csv, fromTfData, inMemory, synthetic } from "@espalier/datasets";
export { type EngineName, useEngine } from "@espalier/engines";
export { showProgress, stopOnSignal } from "@espalier/reports";

export {
  type Cell,
  createStudy,
  planText,
  type Study,
  studyHtml,
  studyLatex,
  studyMarkdown,
  type StudyTable,
} from "@espalier/studies";
