import { EspalierError } from "@espalier/core";
import type { ResnetShape } from "./shape.ts";
import { RELEASED_SHAPES } from "./shapes/released_shapes.ts";

/** Name of a shape that the authors of TAS released. */
export type ReleasedShapeName =
  | "C010-ResNet20"
  | "C010-ResNet56"
  | "C010-ResNet164"
  | "C100-ResNet32"
  | "ImageNet-ResNet18V1"
  | "ImageNet-ResNet50V1";

/**
 * A shape found by the authors of TAS, as they released it: CIFAR-10 (`C010`), CIFAR-100 (`C100`)
 * and ImageNet.
 *
 * @param name Its name.
 * @returns Widths and depths.
 * @throws {EspalierError} ERR_SHAPE_INVALID if there is none of that name.
 */
export function releasedShape(name: ReleasedShapeName): ResnetShape {
  if (Object.hasOwn(RELEASED_SHAPES, name)) return RELEASED_SHAPES[name];
  throw new EspalierError(
    "ERR_SHAPE_INVALID",
    `Cannot find a released shape as none has that name: "${name}". ` +
      `Use one of ${Object.keys(RELEASED_SHAPES).join(", ")}.`,
  );
}
