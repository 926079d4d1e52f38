/**
 * The phases of a pruning, in the order of the default pipeline.
 *
 * @module
 */
export { pretrain } from "./pretrain.ts";
export type { TrainingChanges } from "./training_changes.ts";
export { given } from "./given.ts";
export { loadTeacher } from "./load_teacher.ts";
export { search } from "./search.ts";
export { derive } from "./derive.ts";
export { train, trainControl } from "./train.ts";
export { evaluate } from "./evaluate.ts";
