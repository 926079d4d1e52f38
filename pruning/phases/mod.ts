/**
 * The phases of a pruning, in the order of the default pipeline.
 *
 * @module
 */
export { pretrain, type TrainingChanges } from "./pretrain.ts";
export { loadTeacher } from "./load_teacher.ts";
export { search } from "./search.ts";
export { derive } from "./derive.ts";
export { train, trainControl } from "./train.ts";
export { evaluate } from "./evaluate.ts";
