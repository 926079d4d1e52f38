import type { OptionFields } from "@espalier/core";
import * as z from "zod";

/** Architecture for CIFAR images or for ImageNet. */
export type Family = "cifar" | "imagenet";

/** What the builders of all families take. */
export interface NetworkOptions {
  /** Number of classes. */
  readonly classes: number;
  /**
   * Architecture for CIFAR images or for ImageNet.
   *
   * @default {"cifar"}
   */
  readonly family?: Family;
  /**
   * Height and width of the images.
   *
   * @default {32 for CIFAR, 224 for ImageNet}
   */
  readonly size?: number;
}

/** Schema of a number of things, at least one. */
export const count: z.ZodInt = z.int().min(1);

/** Schemas of {@linkcode NetworkOptions}. */
export const networkFields: OptionFields<NetworkOptions> = {
  classes: count,
  family: z.enum(["cifar", "imagenet"]).optional(),
  size: count.optional(),
};

/** {@linkcode NetworkOptions} with defaults filled in. */
export function resolveNetwork(options: NetworkOptions): Required<NetworkOptions> {
  const { classes, family = "cifar" } = options;
  return { classes, family, size: options.size ?? (family === "cifar" ? 32 : 224) };
}

/** Name of a network: what it is, and its family where that is not CIFAR. */
export function nameOf(what: string, { family }: Required<NetworkOptions>): string {
  return family === "cifar" ? what : `${what}-imagenet`;
}
