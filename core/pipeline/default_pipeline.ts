import { derive, evaluate, pretrain, search, train, trainControl } from "../phases/mod.ts";
import type {
  HasArchitecture,
  HasControl,
  HasPruned,
  HasReport,
  HasStudent,
  HasTeacher,
  Pipeline,
} from "./phase.ts";
import { pipeline } from "./pipeline.ts";

/** What {@linkcode defaultPipeline} makes. */
export interface DefaultHave
  extends HasTeacher, HasArchitecture, HasPruned, HasControl, HasStudent, HasReport {}

/**
 * The pipeline of a pruner that is given none: train the unpruned network, search, derive, train the
 * derived network without and with transfers, measure all of them on the test split.
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
