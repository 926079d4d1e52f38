import {
  type Activation,
  type BlueprintNode,
  checkOptions,
  type ConvNode,
  type MakerNode,
  type NodeId,
  type NormSpec,
  type OptionFields,
  type Padding,
  type Size,
} from "@espalier/core";
import * as z from "zod";
import { activation, natural, norm, positive } from "./ops/fields.ts";

/** The constants of batch norm in most published networks: ε 1e-5, momentum 0.9. */
export const DEFAULT_NORM: NormSpec = { epsilon: 1e-5, momentum: 0.9 };

/** What {@linkcode conv} takes. */
export interface ConvOptions {
  /** Name of the node. */
  readonly id: NodeId;
  /** The node that feeds it. */
  readonly input: NodeId;
  /** Output channels. */
  readonly channels: number;
  /** Side of the square kernel. */
  readonly kernel: number;
  /**
   * Step between outputs, in both directions.
   *
   * @default {1}
   */
  readonly stride?: number;
  /**
   * Zeros on every side.
   *
   * @default {(kernel - 1) / 2, rounded down}
   */
  readonly padding?: number;
  /** Batch norm after it. Absent: none. */
  readonly norm?: NormSpec;
  /** Norm of each width candidate during a search, where the plain network has none. */
  readonly searchNorm?: NormSpec;
  /** Activation after the norm. Absent: none. */
  readonly activation?: Activation;
}

const convSchema = z.strictObject(
  {
    id: z.string(),
    input: z.string(),
    channels: positive,
    kernel: positive,
    stride: positive.optional(),
    padding: natural.optional(),
    norm: norm.optional(),
    searchNorm: norm.optional(),
    activation: activation.optional(),
  } satisfies OptionFields<ConvOptions>,
);

/**
 * A square convolution without bias, padded equally on every side.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { conv } from "@espalier/blueprint";
 *
 * const stem = conv({ id: "stem", input: "images", kernel: 3, channels: 16, activation: "relu" });
 * assertEquals(stem.padding, [1, 1, 1, 1]);
 * ```
 *
 * @param options Its fields, abbreviated.
 * @returns The node.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown name or invalid value.
 */
export function conv(options: ConvOptions): ConvNode {
  checkOptions(convSchema, options, { subject: "conv()" });
  const { id, input, channels, kernel, stride = 1 } = options;
  const { padding = Math.floor((kernel - 1) / 2), norm, searchNorm, activation } = options;
  const side: Size = [kernel, kernel];
  const around: Padding = [padding, padding, padding, padding];
  return {
    id,
    op: "conv",
    inputs: [input],
    channels,
    kernel: side,
    strides: [stride, stride],
    padding: around,
    dilation: [1, 1],
    bias: false,
    ...(norm && { norm }),
    ...(searchNorm && { searchNorm }),
    ...(activation && { activation }),
  };
}

/** Whether the output channels of a node are its own: a convolution, transposed or not, or dense. */
export const isMaker = (node: BlueprintNode): node is MakerNode => "channels" in node;
