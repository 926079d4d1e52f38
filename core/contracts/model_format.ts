import { createManyToken, type ManyToken } from "../plugin/token.ts";
import type { Blueprint } from "./blueprint.ts";
import type { TrainedNetwork } from "./network.ts";

/**
 * Writes a trained network in a form that other software reads. A run with a folder writes the
 * pruned network by every installed format, beside the layers-model.
 */
export interface ModelFormat {
  /** Unique name, by which the result of a run lists the file, as in `onnx`. */
  readonly name: string;
  /** Name of the file in the model's folder, as in `model.onnx`. */
  readonly file: string;
  /**
   * Refuse a network that it cannot write, before any work. Absent: it writes every blueprint.
   *
   * @throws {EspalierError} ERR_EXPORT_UNSUPPORTED with the node's name.
   */
  check?(blueprint: Blueprint): void;
  /**
   * Write a network.
   *
   * @param network Blueprint and weights; they are not changed.
   * @returns The bytes of the file.
   */
  encode(network: TrainedNetwork): Promise<Uint8Array>;
}

/** Token of the {@linkcode ModelFormat}s of a run. */
export const ModelFormatToken: ManyToken<ModelFormat> = createManyToken<ModelFormat>(
  "@espalier/core/ModelFormat",
);
