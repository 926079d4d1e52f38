import { checkOptions, type OptionFields } from "@espalier/core";
import * as z from "zod";
import { refuseDepth } from "../shared/depths.ts";
import { nameOf, networkFields, type NetworkOptions, resolveNetwork } from "../shared/options.ts";

/** What `vgg` takes. */
export interface VggOptions extends NetworkOptions {
  /** Layers with weights in the ImageNet network: 11, 13, 16 or 19. */
  readonly depth: number;
  /**
   * Whether a norm follows each convolution (and the hidden layer of the CIFAR head).
   *
   * @default {true}
   */
  readonly batchNorm?: boolean;
}

const schema = z.strictObject(
  {
    ...networkFields,
    // Which depths there are is another question, with an answer of its own.
    depth: z.number(),
    batchNorm: z.boolean().optional(),
  } satisfies OptionFields<VggOptions>,
);

/** Convolutions at each size: configurations A, B, D and E. */
const CONVOLUTIONS: Readonly<Record<number, readonly number[]>> = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
};

/** {@linkcode VggOptions} with defaults filled in. */
export interface ResolvedVgg extends Required<VggOptions> {
  /** Name of the blueprint. */
  readonly name: string;
  /** Convolutions of each stage. */
  readonly convolutions: readonly number[];
}

/** Fill in what was left out; throws ERR_NETWORK_DEPTH and ERR_CONFIG_INVALID. */
export function resolveVgg(options: VggOptions): ResolvedVgg {
  checkOptions(schema, options, { subject: "vgg()" });
  const { depth, batchNorm = true } = options;
  const isValid = (n: number) => CONVOLUTIONS[n] !== undefined;
  const convolutions = CONVOLUTIONS[depth] ?? refuseDepth({ network: "a VGG", depth, isValid });
  const network = resolveNetwork(options);
  const name = nameOf(`vgg${depth}${batchNorm ? "" : "-plain"}`, network);
  return { ...network, depth, batchNorm, name, convolutions };
}
