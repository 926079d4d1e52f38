/**
 * The executor's passes over rows of channels, by TensorFlow's ops.
 *
 * @module
 */
import type {
  ExecutorOps,
  Feature,
  RowMap,
  RowMapGradient,
  RowMapGradientOptions,
} from "@espalier/supernet/engine";
import type { TensorId } from "../ffi/eager_context.ts";
import { varianceOf } from "../variance.ts";
import { chooseProduct, type Product } from "./products.ts";
import { attributes, pixelsOf, type TensorFeature, type Tensors } from "./tensors.ts";

/** The passes over rows. */
export type RowPasses = Pick<ExecutorOps, "moments" | "affine" | "affineGradient">;

/** Rows that are viewed as one, since TensorFlow's elementwise code is slow on few channels. */
const GROUP = 16;

/**
 * Passes by TensorFlow's ops.
 *
 * @param tensors The tensors that they work on.
 * @param multiply How rows are multiplied.
 * @returns The passes.
 */
export function tensorRowPasses(
  tensors: Tensors,
  multiply: Product = chooseProduct(tensors),
): RowPasses {
  const { context } = tensors;
  const idOf = (x: Feature): TensorId => (x as TensorFeature).id;
  const channelsOf = ({ shape }: Feature): number => shape[3];
  const groupOf = (x: Feature): number => pixelsOf(x) % GROUP === 0 ? GROUP : 1;
  const view = (x: Feature): TensorId => {
    const group = groupOf(x);
    return tensors.reshape(idOf(x), pixelsOf(x) / group, group * channelsOf(x));
  };
  const spread = (values: ArrayLike<number>, x: Feature): TensorId => {
    const group = groupOf(x), repeated = new Float32Array(group * values.length);
    for (let g = 0; g < group; g++) repeated.set(values, g * values.length);
    return tensors.floats(repeated, repeated.length);
  };
  const feature = (id: TensorId, like: Feature, channels: number): TensorFeature => {
    const [batch, height, width] = like.shape;
    return { id, shape: [batch, height, width, channels] };
  };
  const imageOf = (id: TensorId, like: Feature, channels: number): TensorFeature => {
    const made = feature(tensors.reshape(id, ...feature(id, like, channels).shape), like, channels);
    context.dispose(id);
    return made;
  };
  const binary = (name: string, a: TensorId, b: TensorId): TensorId => {
    const made = tensors.op(name, attributes.float, a, b);
    context.dispose(a, b);
    return made;
  };

  function fold(values: Float32Array, channels: number): Float64Array {
    const sums = new Float64Array(channels);
    for (let i = 0; i < values.length; i++) sums[i % channels]! += values[i]!;
    return sums;
  }

  function channelSums(x: Feature): Float64Array {
    const rows = view(x);
    const sums = tensors.take(tensors.op("BiasAddGrad", attributes.nhwc, rows));
    context.dispose(rows);
    return fold(sums, channelsOf(x));
  }

  /** Sums of squares, as squared norms: one pass without an intermediate tensor. */
  function squareSums(x: Feature): Float64Array {
    const channels = channelsOf(x);
    const rows = channels % GROUP === 0 ? tensors.reshape(idOf(x), pixelsOf(x), channels) : view(x);
    const norms = tensors.take(
      tensors.op("EuclideanNorm", attributes.axes, rows, tensors.ints(0)),
    );
    context.dispose(rows);
    return fold(norms.map((norm) => norm * norm), channels);
  }

  /** The first channels of a feature, or the feature padded with zero channels. */
  function resize(x: Feature, channels: number): TensorFeature {
    const own = channelsOf(x);
    const unit = new Float32Array(own * channels);
    for (let i = 0; i < Math.min(own, channels); i++) unit[i * channels + i] = 1;
    return product(x, {
      ...{ matrix: unit, diagonal: false, bias: new Float32Array(channels), relu: false },
    });
  }

  function product(x: Feature, { matrix, bias, relu }: RowMap, added?: Feature): TensorFeature {
    return multiply({
      ...{ x: x as TensorFeature, matrix, bias, relu },
      added: added as TensorFeature | undefined,
    });
  }

  function scaled(x: Feature, factor: Float32Array): TensorFeature {
    return imageOf(binary("Mul", view(x), spread(factor, x)), x, channelsOf(x));
  }

  function affine(x: Feature, map: RowMap): Feature {
    const { diagonal, bias, residual, scale } = map;
    const channels = bias.length;
    const owned: TensorFeature[] = [];
    const own = <F extends Feature>(made: F): F => {
      owned.push(made as unknown as TensorFeature);
      return made;
    };
    let added = residual;
    if (added && channelsOf(added) !== channels) added = own(resize(added, channels));
    if (added && scale) added = own(scaled(added, scale));
    const matrix = diagonal ? diagonalMatrix(map.matrix, channelsOf(x)) : map.matrix;
    const y = product(x, { ...map, matrix }, added);
    context.dispose(...owned.map(({ id }) => id));
    if (!map.relu || map.max === undefined) return y;
    const least = binary("Minimum", y.id, tensors.floats(Float32Array.of(map.max)));
    return feature(least, y, channels);
  }

  function affineGradient(
    x: Feature,
    { dys, channels, y, max, diagonal }: RowMapGradientOptions,
  ): RowMapGradient {
    const cut = dys.map((dy) => channelsOf(dy) === channels ? dy : resize(dy, channels));
    let sum = idOf(cut[0]!);
    const made: TensorId[] = cut.filter((dy, i) => dy !== dys[i]).map(idOf);
    for (const dy of cut.slice(1)) {
      sum = tensors.op("AddV2", attributes.float, sum, idOf(dy));
      made.push(sum);
    }
    if (y && max !== undefined) {
      const scalar = tensors.floats(Float32Array.of(max));
      const below = tensors.op("Sub", attributes.float, scalar, idOf(y));
      sum = tensors.op("ReluGrad", attributes.float, sum, below);
      made.push(scalar, below, sum);
    }
    const id = y
      ? tensors.op("ReluGrad", attributes.float, sum, idOf(y))
      : tensors.reshape(sum, ...feature(sum, x, channels).shape);
    context.dispose(...made);
    const d = feature(id, x, channels);
    const bias = channelSums(d);
    if (!diagonal) {
      const rows = [x, d].map((f) => tensors.reshape(idOf(f), pixelsOf(f), channelsOf(f)));
      const matrix = tensors.take(
        tensors.op("MatMul", attributes.transposed, rows[0]!, rows[1]!),
      );
      context.dispose(...rows);
      return { d, bias, matrix: Float64Array.from(matrix) };
    }
    const same = channelsOf(x) === channels ? x : resize(x, channels);
    const products = feature(binary("Mul", view(same), view(d)), d, channels);
    const image = imageOf(products.id, d, channels);
    const matrix = channelSums(image);
    context.dispose(image.id, ...(same === x ? [] : [idOf(same)]));
    return { d, bias, matrix };
  }

  return {
    moments(x) {
      const pixels = pixelsOf(x);
      const mean = channelSums(x).map((sum) => sum / pixels);
      const fast = varianceOf(mean, squareSums(x).map((sum) => sum / pixels));
      if (fast) return { mean, variance: fast };
      const squares = binary("SquaredDifference", view(x), spread(mean, x));
      const image = imageOf(squares, x, channelsOf(x));
      const variance = channelSums(image).map((sum) => sum / pixels);
      context.dispose(image.id);
      return { mean, variance };
    },
    affine,
    affineGradient,
  };
}

/** A diagonal as a matrix with this number of rows. */
function diagonalMatrix(diagonal: Float32Array, rows: number): Float32Array {
  const matrix = new Float32Array(rows * diagonal.length);
  for (let i = 0; i < diagonal.length; i++) matrix[i * diagonal.length + i] = diagonal[i]!;
  return matrix;
}
