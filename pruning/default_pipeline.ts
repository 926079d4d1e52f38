import { type Pipeline, pipeline, type TrainedNetwork } from "@espalier/core";
import type {
  HasArchitecture,
  HasControl,
  HasEffort,
  HasPruned,
  HasReport,
  HasStudent,
  HasSurgery,
  HasTeacher,
  HasTuned,
} from "./made.ts";
import { derive, evaluate, given, pretrain, search, train, trainControl } from "./phases/mod.ts";

/** What {@linkcode defaultPipeline} makes. */
export interface DefaultHave
  extends
    HasTeacher,
    HasArchitecture,
    HasEffort,
    HasTuned,
    HasPruned,
    HasSurgery,
    HasControl,
    HasStudent,
    HasReport {}

/**
 * The default pipeline: train the unpruned network, search, derive, train the derived network without
 * and with transfers, evaluate all of them on the test split.
 *
 * @param trained The unpruned network, if it is trained already: the pipeline then begins with it.
 * @returns The pipeline.
 */
export function defaultPipeline(trained?: Pick<TrainedNetwork, "weights">): Pipeline<DefaultHave> {
  return pipeline()
    .phase(trained === undefined ? pretrain() : given(trained))
    .phase(search())
    .phase(derive())
    .phase(trainControl())
    .phase(train())
    .phase(evaluate());
}
