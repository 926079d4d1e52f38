import { checkOptions, type OptionFields } from "@espalier/core";
import * as z from "zod";
import { nameOf, networkFields, type NetworkOptions, resolveNetwork } from "../shared/options.ts";

/** What `mobilenetV1` and `mobilenetV2` take. */
export interface MobilenetOptions extends NetworkOptions {
  /**
   * Width multiplier: channels of every layer over those of the network as published. Widths are
   * rounded to multiples of 8, by at most a tenth downwards.
   *
   * @default {1}
   */
  readonly width?: number;
}

const schema = z.strictObject(
  {
    ...networkFields,
    width: z.number().positive().optional(),
  } satisfies OptionFields<MobilenetOptions>,
);

/** {@linkcode MobilenetOptions} with defaults filled in. */
export interface ResolvedMobilenet extends Required<MobilenetOptions> {
  /** Name of the blueprint. */
  readonly name: string;
}

/** Fill in what was left out; throws ERR_CONFIG_INVALID. */
export function resolveMobilenet(
  options: MobilenetOptions,
  version: "V1" | "V2",
): ResolvedMobilenet {
  checkOptions(schema, options, { subject: `mobilenet${version}()` });
  const { width = 1 } = options;
  const network = resolveNetwork(options);
  const what = `mobilenet-${version.toLowerCase()}${width === 1 ? "" : `-${width}`}`;
  return { ...network, width, name: nameOf(what, network) };
}

/** Channels times the width multiplier, as a multiple of 8 that is not below nine tenths of it. */
export function scaled(channels: number, width: number): number {
  const exact = channels * width;
  const rounded = Math.max(8, Math.floor((exact + 4) / 8) * 8);
  return rounded < 0.9 * exact ? rounded + 8 : rounded;
}
