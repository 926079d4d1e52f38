import { checkOptions, type OptionFields } from "@espalier/core";
import * as z from "zod";
import { refuseDepth } from "../shared/depths.ts";
import {
  count,
  nameOf,
  networkFields,
  type NetworkOptions,
  resolveNetwork,
} from "../shared/options.ts";

/** A 3×3 convolution, or one behind a 1×1 convolution of four times the growth. */
export type DensenetBlock = "basic" | "bottleneck";

/** What `densenet` takes. */
export interface DensenetOptions extends NetworkOptions {
  /** Layers with weights: 40, 100, 190, 250 …; ImageNet: 121, 161, 169, 201. */
  readonly depth: number;
  /**
   * Channels that each layer adds, k.
   *
   * @default {12 for CIFAR; 32 for ImageNet, 48 at depth 161}
   */
  readonly growth?: number;
  /**
   * Kind of layer. Bottlenecks come with transitions that halve the channels (DenseNet-BC).
   *
   * @default {"basic" for CIFAR; ImageNet has bottlenecks only}
   */
  readonly block?: DensenetBlock;
}

const schema = z.strictObject(
  {
    ...networkFields,
    // Which depths there are is another question, with an answer of its own.
    depth: z.number(),
    growth: count.optional(),
    block: z.enum(["basic", "bottleneck"]).optional(),
  } satisfies OptionFields<DensenetOptions>,
);

/** {@linkcode DensenetOptions} with defaults filled in. */
export interface ResolvedDensenet extends Required<DensenetOptions> {
  /** Name of the blueprint. */
  readonly name: string;
  /** Layers of each dense block. */
  readonly layers: readonly number[];
}

const IMAGENET: Readonly<Record<number, readonly number[]>> = {
  121: [6, 12, 24, 16],
  161: [6, 12, 36, 24],
  169: [6, 12, 32, 32],
  201: [6, 12, 48, 32],
};

/** Three blocks, the stem, two transitions and the classifier make the depth. */
function cifarLayers(depth: number, block: DensenetBlock): number {
  return (depth - 4) / (block === "basic" ? 3 : 6);
}

function layersOf({ depth, family, block }: Omit<ResolvedDensenet, "name" | "layers">) {
  const isCifar = family === "cifar";
  const isValid = (n: number) => {
    const layers = cifarLayers(n, block);
    if (isCifar) return Number.isInteger(layers) && layers >= 1;
    return block === "bottleneck" && IMAGENET[n] !== undefined;
  };
  if (!isValid(depth)) {
    const network = `a ${isCifar ? "CIFAR" : "ImageNet"} DenseNet of ${block} layers`;
    refuseDepth({ network, depth, isValid, other: isCifar && depth in IMAGENET && "imagenet" });
  }
  return isCifar ? Array<number>(3).fill(cifarLayers(depth, block)) : IMAGENET[depth]!;
}

/** Fill in what was left out; throws ERR_NETWORK_DEPTH and ERR_CONFIG_INVALID. */
export function resolveDensenet(options: DensenetOptions): ResolvedDensenet {
  checkOptions(schema, options, { subject: "densenet()" });
  const network = resolveNetwork(options);
  const isCifar = network.family === "cifar";
  const { depth, block = isCifar ? "basic" : "bottleneck" } = options;
  const { growth = isCifar ? 12 : depth === 161 ? 48 : 32 } = options;
  const resolved = { ...network, depth, growth, block };
  const what = `densenet${depth}-${growth}${isCifar && block === "bottleneck" ? "-bc" : ""}`;
  return { ...resolved, name: nameOf(what, network), layers: layersOf(resolved) };
}
