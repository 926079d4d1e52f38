import { type Pipeline, pipeline } from "@espalier/core";
import type {
  HasArchitecture,
  HasControl,
  HasPruned,
  HasReport,
  HasStudent,
  HasTeacher,
} from "./made.ts";
import { derive, evaluate, pretrain, search, train, trainControl } from "./phases/mod.ts";

/** What {@linkcode defaultPipeline} makes. */
export interface DefaultHave
  extends HasTeacher, HasArchitecture, HasPruned, HasControl, HasStudent, HasReport {}

/**
 * The default pipeline: train the unpruned network, search, derive, train the derived network without
 * and with transfers, evaluate all of them on the test split.
 *
 * @returns The pipeline.
 */
export function defaultPipeline(): Pipeline<DefaultHave> {
  return pipeline()
    .phase(pretrain())
    .phase(search())
    .phase(derive())
    .phase(trainControl())
    .phase(train())
    .phase(evaluate());
}
