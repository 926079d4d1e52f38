import * as tf from "@tensorflow/tfjs";
import { filterChannels } from "../nodes/depthwise_conv.ts";
import { poolImage } from "../nodes/pool.ts";
import type { Convolution, ExecutorOps, Feature, Lack, RowMap } from "./ops.ts";
import { runTensorPass } from "./tensor_pass.ts";

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
      const { output, inputGradient } = runTensorPass(bridge, x, {
        f: ([image]) => poolImage(image as tf.Tensor4D, options),
      });
      return { output, gradient: inputGradient, [Symbol.dispose]() {} };
    },
    depthwise: engine.depthwise?.bind(engine) ??
      ((x, { kernel, shape, ...window }): Convolution => {
        const { output, inputGradient, arrayGradient } = runTensorPass(bridge, x, {
          array: () => tf.tensor4d(kernel, [...shape, 1]),
          f: ([image, kernel]) =>
            filterChannels(image as tf.Tensor4D, kernel as tf.Tensor4D, window),
        });
        return {
          ...{ output, inputGradient, kernelGradient: arrayGradient },
          [Symbol.dispose]() {},
        };
      }),
    view: engine.view?.bind(engine) ?? ((x, shape) => engine.upload(engine.read(x), shape)),
  };
}
