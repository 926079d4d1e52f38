import { ACTIVATIONS } from "./activations.ts";
import type { Convert } from "./build.ts";
import { CONVOLUTIONS } from "./convolutions.ts";
import { OTHERS } from "./others.ts";
import { SHAPES } from "./shapes.ts";

/** All classes of layers that are known. */
export const LAYERS: ReadonlyMap<string, Convert> = new Map(
  Object.entries({ ...CONVOLUTIONS, ...ACTIVATIONS, ...SHAPES, ...OTHERS }),
);
