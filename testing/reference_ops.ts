import type {
  Convolution,
  ConvolutionOptions,
  DepthwiseOptions,
  ExecutorOps,
  Feature,
  FeatureShape,
  Pooling,
  PoolingOptions,
  RowMap,
  RowMapGradient,
  RowMapGradientOptions,
} from "@espalier/supernet/engine";
import { check } from "./check.ts";
import { meetingsOf } from "./reference_windows.ts";

/** Passes that count what was not freed, among them those that an engine may leave out. */
export interface ReferenceOps extends ExecutorOps {
  /** Convolve each channel by itself. */
  depthwise(x: Feature, options: DepthwiseOptions): Convolution;
  /** The same numbers in another shape. */
  view(x: Feature, shape: FeatureShape): Feature;
  /** Features that were not freed, and convolutions and poolings that were not disposed. */
  readonly live: number;
}

/**
 * The passes of an executor as plain loops in double precision: the reference that engines are compared
 * with and networks are tested on. Reading what was freed throws.
 *
 * @example A map of channels
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { referenceOps } from "@espalier/testing";
 *
 * const ops = referenceOps();
 * const x = ops.upload(Float32Array.of(1, -2), [1, 1, 1, 2]);
 * const y = ops.affine(x, {
 *   matrix: Float32Array.of(3, 4),
 *   diagonal: true,
 *   bias: Float32Array.of(1, 1),
 *   relu: true,
 * });
 * assertEquals([...ops.read(y)], [4, 0]);
 * ops.free(x, y);
 * assertEquals(ops.live, 0);
 * ```
 *
 * @returns The passes, with memory of their own.
 */
export function referenceOps(): ReferenceOps {
  return new HostOps();
}

/** One number for each entry, [pixels, channels]. */
type Entries = Float64Array;

const volume = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
const pixelsOf = ({ shape: [batch, height, width] }: Feature): number => batch * height * width;

class HostOps implements ReferenceOps {
  readonly #entries = new Map<Feature, Entries>();
  readonly #open = new Set<object>();

  get live(): number {
    return this.#entries.size + this.#open.size;
  }

  upload(values: Float32Array, shape: FeatureShape): Feature {
    return this.#keep(Float64Array.from(values), shape);
  }

  read(x: Feature): Float32Array {
    return Float32Array.from(this.#of(x));
  }

  free(...xs: readonly Feature[]): void {
    for (const x of xs) {
      check(
        this.#entries.delete(x),
        `[${x.shape}] is freed, and was freed before or is no feature`,
      );
    }
  }

  convolve(x: Feature, options: ConvolutionOptions): Convolution {
    const { kernel, shape: [rows, columns, from, to], strides, padding } = options;
    check(x.shape[3] === from, `a kernel [${options.shape}] does not fit [${x.shape}]`);
    check(kernel.length === volume(options.shape), `a kernel of ${kernel.length} entries`);
    const { size, all } = meetingsOf(x.shape, { size: [rows, columns], strides, padding });
    const output = this.#make([x.shape[0], ...size, to]);
    const y = this.#of(output), input = this.#of(x);
    const weights = Float64Array.from(kernel);
    /** Every product of the convolution, by the places of its two factors and of its sum. */
    const eachProduct = (visit: (x: number, weight: number, y: number) => void) => {
      for (const meeting of all) {
        for (let i = 0; i < from; i++) {
          for (let o = 0; o < to; o++) {
            visit(meeting.from * from + i, (meeting.tap * from + i) * to + o, meeting.to * to + o);
          }
        }
      }
    };
    eachProduct((at, weight, sum) => y[sum]! += input[at]! * weights[weight]!);
    const { shape } = output;
    const { open, close } = this.#opened("convolution");
    return {
      output,
      inputGradient: (dy) => {
        const d = this.#asked(dy, { shape, open });
        const made = this.#make(x.shape), dx = this.#of(made);
        eachProduct((at, weight, sum) => dx[at]! += d[sum]! * weights[weight]!);
        return made;
      },
      kernelGradient: (dy) => {
        const d = this.#asked(dy, { shape, open }), values = this.#of(x);
        const gradient = new Float64Array(kernel.length);
        eachProduct((at, weight, sum) => gradient[weight]! += d[sum]! * values[at]!);
        return Float32Array.from(gradient);
      },
      [Symbol.dispose]: close,
    };
  }

  depthwise(x: Feature, { kernel, shape, ...window }: DepthwiseOptions): Convolution {
    const [rows, columns, channels] = shape;
    check(x.shape[3] === channels, `filters [${shape}] do not fit [${x.shape}]`);
    // A convolution whose kernel is zero between unlike channels.
    const at = (tap: number, c: number) => (tap * channels + c) * channels + c;
    const whole = new Float32Array(kernel.length * channels);
    kernel.forEach((value, i) => whole[at(Math.floor(i / channels), i % channels)] = value);
    const convolution = this.convolve(x, {
      ...{ ...window, kernel: whole, shape: [rows, columns, channels, channels] },
    });
    return {
      ...convolution,
      kernelGradient(dy) {
        const gradient = convolution.kernelGradient(dy);
        return kernel.map((_, i) => gradient[at(Math.floor(i / channels), i % channels)]!);
      },
    };
  }

  view(x: Feature, shape: FeatureShape): Feature {
    return this.#keep(this.#of(x).slice(), shape);
  }

  pool(x: Feature, { pool, ...window }: PoolingOptions): Pooling {
    const [batch, , , channels] = x.shape;
    const windows = meetingsOf(x.shape, window);
    const output = this.#make([batch, ...windows.size, channels]);
    const y = this.#of(output), input = this.#of(x);
    const shares = sharesOf(input, { pool, channels, windows });
    for (const { from, to, share } of shares) y[to]! += share * input[from]!;
    const { shape } = output;
    const { open, close } = this.#opened("pooling");
    return {
      output,
      gradient: (dy) => {
        const d = this.#asked(dy, { shape, open });
        this.#of(x);
        const made = this.#make(x.shape), dx = this.#of(made);
        for (const { from, to, share } of shares) dx[from]! += share * d[to]!;
        return made;
      },
      [Symbol.dispose]: close,
    };
  }

  moments(x: Feature): { readonly mean: Float64Array; readonly variance: Float64Array } {
    const values = this.#of(x), channels = x.shape[3], pixels = pixelsOf(x);
    const mean = new Float64Array(channels), variance = new Float64Array(channels);
    for (const [i, value] of values.entries()) mean[i % channels]! += value / pixels;
    for (const [i, value] of values.entries()) {
      variance[i % channels]! += (value - mean[i % channels]!) ** 2 / pixels;
    }
    return { mean, variance };
  }

  affine(x: Feature, map: RowMap): Feature {
    const { matrix, diagonal, bias, residual, scale, relu, max = Infinity } = map;
    const [batch, height, width, from] = x.shape, to = bias.length;
    const entries = diagonal ? to : from * to;
    check(matrix.length === entries && (!diagonal || to <= from), "a matrix of another size");
    const made = this.#make([batch, height, width, to]);
    const y = this.#of(made), values = this.#of(x);
    const added = residual && this.#of(residual), wide = residual?.shape[3] ?? 0;
    check(!residual || pixelsOf(residual) === pixelsOf(x), "a residual of another size");
    for (let p = 0, at = 0; p < pixelsOf(x); p++) {
      for (let j = 0; j < to; j++, at++) {
        let sum: number = bias[j]!;
        for (let i = 0; i < from; i++) {
          const entry = diagonal ? (i === j ? matrix[j]! : 0) : matrix[i * to + j]!;
          sum += values[p * from + i]! * entry;
        }
        if (added && j < wide) sum += added[p * wide + j]! * (scale?.[j] ?? 1);
        y[at] = relu ? Math.min(max, Math.max(0, sum)) : sum;
      }
    }
    return made;
  }

  affineGradient(
    x: Feature,
    { dys, channels: to, y, max = Infinity, diagonal }: RowMapGradientOptions,
  ): RowMapGradient {
    const [batch, height, width, from] = x.shape;
    check(dys.length > 0, "a gradient of no reader");
    for (const dy of dys) {
      const fits = dy.shape[3] >= to && pixelsOf(dy) === pixelsOf(x);
      check(fits, `a gradient [${dy.shape}] for ${to} channels of [${x.shape}]`);
    }
    const d = this.#make([batch, height, width, to]), dEntries = this.#of(d);
    const values = this.#of(x), mask = y && this.#of(y);
    const all = dys.map((dy) => ({ entries: this.#of(dy), wide: dy.shape[3] }));
    const bias = new Float64Array(to), matrix = new Float64Array(diagonal ? to : from * to);
    for (let p = 0, at = 0; p < pixelsOf(x); p++) {
      for (let j = 0; j < to; j++, at++) {
        const isOpen = mask === undefined || (mask[at]! > 0 && mask[at]! < max);
        const sum = all.reduce((sum, { entries, wide }) => sum + entries[p * wide + j]!, 0);
        const entry = isOpen ? sum : 0;
        dEntries[at] = entry;
        bias[j]! += entry;
        if (diagonal) matrix[j]! += values[p * from + j]! * entry;
        else for (let i = 0; i < from; i++) matrix[i * to + j]! += values[p * from + i]! * entry;
      }
    }
    return { d, bias, matrix };
  }

  #keep(entries: Entries, shape: FeatureShape): Feature {
    check(entries.length === volume(shape), `${entries.length} entries of [${shape}]`);
    const feature: Feature = { shape };
    this.#entries.set(feature, entries);
    return feature;
  }

  #make(shape: FeatureShape): Feature {
    return this.#keep(new Float64Array(volume(shape)), shape);
  }

  #of(x: Feature): Entries {
    const entries = this.#entries.get(x);
    check(entries !== undefined, `[${x.shape}] is read after it was freed`);
    return entries;
  }

  /** Count something as live until `close`; after that, `open` throws. */
  #opened(what: string): { readonly open: () => void; readonly close: () => void } {
    const key = {};
    this.#open.add(key);
    return {
      open: () => check(this.#open.has(key), `a ${what} is asked after it was disposed`),
      close: () => void this.#open.delete(key),
    };
  }

  /** The gradient of an output, if it may be asked for. */
  #asked(
    dy: Feature,
    { shape, open }: { readonly shape: FeatureShape; readonly open: () => void },
  ): Entries {
    open();
    check(`${dy.shape}` === `${shape}`, `a gradient [${dy.shape}] of [${shape}]`);
    return this.#of(dy);
  }
}

/** Weight of an input entry in an output entry. */
interface Share {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

function sharesOf(
  input: Entries,
  { pool, channels, windows }: {
    readonly pool: PoolingOptions["pool"];
    readonly channels: number;
    readonly windows: ReturnType<typeof meetingsOf>;
  },
): readonly Share[] {
  const each = windows.all.flatMap(({ from, to }) =>
    Array.from(
      { length: channels },
      (_, c) => ({ from: from * channels + c, to: to * channels + c }),
    )
  );
  if (pool === "average") {
    const pixels = Map.groupBy(each, ({ to }) => to);
    return each.map((pair) => ({ ...pair, share: 1 / pixels.get(pair.to)!.length }));
  }
  const largest = new Map<number, number>();
  for (const { from, to } of each) {
    const best = largest.get(to);
    if (best === undefined || input[from]! > input[best]!) largest.set(to, from);
  }
  return [...largest].map(([to, from]) => ({ from, to, share: 1 }));
}
