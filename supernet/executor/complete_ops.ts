import * as tf from "@tensorflow/tfjs";
import { poolImage } from "../nodes/pool.ts";
import type { Convolution, DepthwiseOptions, ExecutorOps, Feature, Lack, RowMap } from "./ops.ts";
import { type Bridge, runTensorPass, tidied } from "./tensor_pass.ts";

/** The passes of an engine with all that it leaves to the executor. */
export type CompleteOps = Required<Omit<ExecutorOps, "lacks">>;

const known = new WeakMap<ExecutorOps, CompleteOps>();

/**
 * Passes of an engine, with what it lacks composed of the others.
 *
 * @param ops What it offers.
 * @returns All passes.
 */
export function completeOps(ops: ExecutorOps): CompleteOps {
  const made = known.get(ops) ?? compose(ops);
  known.set(ops, made);
  return made;
}

function compose(engine: ExecutorOps): CompleteOps {
  const lacks = (what: Lack) => engine.lacks?.includes(what) ?? false;
  const toTensor = engine.toTensor?.bind(engine) ??
    ((x: Feature) => tf.tensor4d(engine.read(x), [...x.shape]));
  const fromTensor = engine.fromTensor?.bind(engine) ??
    ((x: tf.Tensor4D) => engine.upload(x.dataSync<"float32">(), x.shape));
  const bridge = { toTensor, fromTensor };
  /** A feature without its entries from `max` on, which become another number. */
  const cut = (x: Feature, { max, to }: { readonly max: number; readonly to: number }): Feature => {
    const entries = engine.read(x);
    for (let i = 0; i < entries.length; i++) if (entries[i]! >= max) entries[i] = to;
    return engine.upload(entries, x.shape);
  };
  return {
    ...bridge,
    upload: engine.upload.bind(engine),
    read: engine.read.bind(engine),
    free: engine.free.bind(engine),
    convolve: engine.convolve.bind(engine),
    moments: engine.moments.bind(engine),
    affine(x: Feature, map: RowMap) {
      const { max, ...rest } = map;
      if (max === undefined || !lacks("max")) return engine.affine(x, map);
      const y = engine.affine(x, rest), clipped = cut(y, { max, to: max });
      engine.free(y);
      return clipped;
    },
    affineGradient(x, options) {
      const { max, y, ...rest } = options;
      if (max === undefined || y === undefined || !lacks("max")) {
        return engine.affineGradient(x, options);
      }
      const open = cut(y, { max, to: 0 });
      const found = engine.affineGradient(x, { ...rest, y: open });
      engine.free(open);
      return found;
    },
    pool(x, options) {
      const isPadded = options.padding.some((size) => size > 0);
      if (!isPadded || !lacks("pool-padding")) return engine.pool(x, options);
      const run = runTensorPass(bridge, x, (image) => poolImage(image, options));
      return { ...run, [Symbol.dispose]() {} };
    },
    depthwise: engine.depthwise?.bind(engine) ?? ((x, options) => filter(bridge, x, options)),
    view: engine.view?.bind(engine) ?? ((x, shape) => engine.upload(engine.read(x), shape)),
  };
}

/** A depthwise convolution by the kernels of TensorFlow.js, whose gradients need no forward pass. */
function filter(
  bridge: Bridge,
  x: Feature,
  { kernel, shape, strides, padding: [top, bottom, left, right] }: DepthwiseOptions,
): Convolution {
  const filterShape = [...shape, 1] as [number, number, number, number];
  const attributes = { strides: [...strides], dilations: [1, 1], pad: "valid" };
  const [batch, height, width, channels] = x.shape;
  const inputShape = [batch, height + top + bottom, width + left + right, channels];
  const entering = () => tf.pad(bridge.toTensor(x), [[0, 0], [top, bottom], [left, right], [0, 0]]);
  const filters = () => tf.tensor4d(kernel, filterShape);
  const run = (name: string, inputs: tf.NamedTensorMap, rest: tf.NamedAttrMap) =>
    tf.engine().runKernel(name, inputs, { ...attributes, ...rest }) as tf.Tensor4D;
  return {
    output: tidied(() =>
      bridge.fromTensor(tf.depthwiseConv2d(entering(), filters(), [...strides], "valid"))
    ),
    inputGradient: (dy) =>
      tidied(() => {
        const inputs = { dy: bridge.toTensor(dy), filter: filters() };
        const dx = run("DepthwiseConv2dNativeBackpropInput", inputs, { inputShape });
        return bridge.fromTensor(tf.slice(dx, [0, top, left, 0], [...x.shape]));
      }),
    kernelGradient: (dy) =>
      tidied(() => {
        const inputs = { x: entering(), dy: bridge.toTensor(dy) };
        return run("DepthwiseConv2dNativeBackpropFilter", inputs, { filterShape })
          .dataSync<"float32">().slice();
      }),
    [Symbol.dispose]() {},
  };
}
