import type { BlueprintNode, Shape } from "@espalier/core";

/** Operations that only change how values are read. */
const FREE: readonly string[] = ["input", "flatten", "dropout", "reshape"];

/** Whether running a node takes no time worth counting. */
export const isFree = ({ op }: BlueprintNode): boolean => FREE.includes(op);

const by = (numbers: readonly number[]): string => numbers.join("×");

/**
 * What is run at once: a node with its norm and activation, whatever its widths and sizes.
 *
 * @param node The node.
 * @returns Text, as in `conv 3×3 /2 norm relu`; equal for nodes that differ in widths and sizes only.
 */
export function unitKind(node: BlueprintNode): string {
  return [
    node.op,
    ..."kernel" in node ? [by(node.kernel)] : [],
    ..."size" in node ? [by(node.size)] : [],
    ..."strides" in node && by(node.strides) !== "1×1" ? [`/${by(node.strides)}`] : [],
    ..."dilation" in node && by(node.dilation) !== "1×1" ? [`dilated ${by(node.dilation)}`] : [],
    ..."pool" in node && node.pool !== undefined ? [node.pool] : [],
    ..."by" in node ? [node.by] : [],
    ..."interpolation" in node && node.interpolation !== undefined ? [node.interpolation] : [],
    ..."multiplier" in node && node.multiplier !== undefined ? [`×${node.multiplier}`] : [],
    ..."norm" in node && node.norm !== undefined ? ["norm"] : [],
    ..."activation" in node && node.activation !== undefined ? [String(node.activation)] : [],
  ].join(" ");
}

/** Rows and columns of what enters. */
export const areaOf = ({ height, width }: Pick<Shape, "height" | "width">): number =>
  height * width;
