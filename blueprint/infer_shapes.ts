import type { Blueprint, BlueprintNode, NodeId, Padding, Shape, Size } from "@espalier/core";
import { blueprintFault } from "./blueprint_fault.ts";

/** A value of the graph: an image, or a vector as a 1×1 image. */
interface Value extends Shape {
  readonly vector: boolean;
}

interface Window {
  readonly size: Size;
  readonly strides: Size;
  readonly padding: Padding;
  readonly dilation: Size;
}

type Refuse = (rule: string, state: string) => never;

const describe = ({ height, width, channels, vector }: Value): string =>
  vector ? `a vector of ${channels}` : `${height}×${width}×${channels}`;

function image(value: Value, refuse: Refuse): Value {
  return value.vector ? refuse("it works on images", `it reads ${describe(value)}`) : value;
}

function slide({ height, width, channels }: Value, window: Window, refuse: Refuse): Value {
  const [top, bottom, left, right] = window.padding;
  const steps = (length: number, axis: 0 | 1): number =>
    Math.floor(
      (length - (window.size[axis] - 1) * window.dilation[axis] - 1) / window.strides[axis],
    ) + 1;
  const rows = steps(height + top + bottom, 0);
  const columns = steps(width + left + right, 1);
  if (rows < 1 || columns < 1) {
    refuse("a window fits its padded input", `it reads ${height}×${width}`);
  }
  return { height: rows, width: columns, channels, vector: false };
}

function sum(first: Value, second: Value, refuse: Refuse): Value {
  if (describe(first) !== describe(second)) {
    refuse(
      "the inputs of a sum agree in size",
      `it reads ${describe(first)} and ${describe(second)}`,
    );
  }
  return first;
}

function concatenate(values: readonly Value[], refuse: Refuse): Value {
  const [first] = values as [Value];
  const alike = values.every((value) =>
    value.height === first.height && value.width === first.width && value.vector === first.vector
  );
  if (!alike) {
    refuse(
      "concatenated inputs agree in height and width",
      `it reads ${values.map(describe).join(" and ")}`,
    );
  }
  return { ...first, channels: values.reduce((total, value) => total + value.channels, 0) };
}

function vector(channels: number): Value {
  return { height: 1, width: 1, channels, vector: true };
}

function valueOf(node: BlueprintNode, inputs: readonly Value[], refuse: Refuse): Value {
  const [first, second] = inputs as [Value, Value];
  switch (node.op) {
    case "input": {
      const [height, width, channels] = node.shape;
      return { height, width, channels, vector: false };
    }
    case "conv":
      return {
        ...slide(image(first, refuse), { ...node, size: node.kernel }, refuse),
        channels: node.channels,
      };
    case "depthwise-conv":
      return slide(image(first, refuse), { ...node, size: node.kernel }, refuse);
    case "pool":
      return slide(image(first, refuse), { ...node, dilation: [1, 1] }, refuse);
    case "add":
      return sum(first, second, refuse);
    case "concat":
      return concatenate(inputs, refuse);
    case "global-pool":
      return vector(image(first, refuse).channels);
    case "flatten":
      image(first, refuse);
      return vector(first.height * first.width * first.channels);
    case "dense":
      if (!first.vector) refuse("a dense layer reads a vector", `it reads ${describe(first)}`);
      return vector(node.channels);
    case "norm":
    case "activation":
    case "dropout":
      return first;
  }
}

/** Shapes of all values, and which of them are vectors. */
export interface InferredValues {
  /** Shape of each node's value. */
  readonly shapes: ReadonlyMap<NodeId, Shape>;
  /** Nodes whose values are vectors, not images. */
  readonly vectors: ReadonlySet<NodeId>;
}

/** Walk the graph once; throws ERR_BLUEPRINT_INVALID where a node does not fit its inputs. */
export function inferValues(blueprint: Blueprint): InferredValues {
  const values = new Map<NodeId, Value>();
  for (const node of blueprint.nodes) {
    const refuse: Refuse = (rule, state) => {
      throw blueprintFault(blueprint.name, {
        rule,
        state: `node "${node.id}" (${node.op}): ${state}`,
        advice: "Change the node or what feeds it",
      });
    };
    values.set(node.id, valueOf(node, node.inputs.map((id) => values.get(id)!), refuse));
  }
  const vectors = new Set([...values].filter(([, { vector }]) => vector).map(([id]) => id));
  const shapes = new Map(
    [...values].map(([id, { height, width, channels }]) => [id, { height, width, channels }]),
  );
  return { shapes, vectors };
}

/**
 * Height, width and channels of every node's value; a vector of n features is 1×1×n.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { conv, inferShapes } from "@espalier/blueprint";
 *
 * const shapes = inferShapes({
 *   name: "tiny",
 *   nodes: [
 *     { id: "images", op: "input", inputs: [], shape: [8, 8, 3] },
 *     conv({ id: "stem", input: "images", kernel: 3, stride: 2, channels: 16 }),
 *     { id: "pool", op: "global-pool", inputs: ["stem"] },
 *     { id: "classifier", op: "dense", inputs: ["pool"], channels: 10, bias: true },
 *   ],
 *   stages: [],
 *   output: "classifier",
 * });
 * assertEquals(shapes.get("stem"), { height: 4, width: 4, channels: 16 });
 * ```
 *
 * @param blueprint Its nodes follow their inputs, as `validateBlueprint` checks.
 * @returns Shape by node.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function inferShapes(blueprint: Blueprint): ReadonlyMap<NodeId, Shape> {
  return inferValues(blueprint).shapes;
}
