import { checkOptions, type OptionFields } from "@espalier/core";
import * as z from "zod";
import { type ResnetOptions, resnetSchema, resolveResnet } from "./options.ts";
import { blueprintOfShape, type ResnetShape, shapeFault } from "./shape.ts";

/** What {@linkcode parseShape} takes. */
export interface ParseShapeOptions {
  /** The network that the shape must be for. Absent: any. */
  readonly network?: ResnetOptions;
}

const parseShapeSchema = z.strictObject(
  { network: resnetSchema.optional() } satisfies OptionFields<ParseShapeOptions>,
);

function describe(options: ResnetOptions): string {
  const { name, classes, size } = resolveResnet(options);
  return `${name} with ${classes} classes and ${size}×${size} images`;
}

/**
 * Read a shape from JSON, as `JSON.stringify` wrote it.
 *
 * @param text `{ "network": { "depth", "classes", … }, "widths": […], "depths": […] }`.
 * @param options Which network it must be for.
 * @returns The shape, checked.
 * @throws {EspalierError} ERR_SHAPE_INVALID, which says which entry does not fit; ERR_CONFIG_INVALID if an
 * option is unknown or not valid.
 */
export function parseShape(text: string, options: ParseShapeOptions = {}): ResnetShape {
  checkOptions(parseShapeSchema, options, { subject: "parseShape()" });
  let shape: ResnetShape;
  try {
    shape = JSON.parse(text);
  } catch (error) {
    throw shapeFault("it is not JSON", error);
  }
  blueprintOfShape(shape);
  const { network } = options;
  if (network !== undefined && describe(network) !== describe(shape.network)) {
    throw shapeFault(`it is for ${describe(shape.network)}, not for ${describe(network)}`);
  }
  return shape;
}
