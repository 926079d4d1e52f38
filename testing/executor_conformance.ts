import { createRandom, type Padding, type Size } from "@espalier/core";
import {
  completeOps,
  type Convolution,
  type ExecutorOps,
  type Feature,
  type FeatureShape,
  type RowMap,
} from "@espalier/supernet/engine";
import { check, type ConformanceCase } from "./check.ts";
import { Draw } from "./draw.ts";
import { referenceOps } from "./reference_ops.ts";

/** What {@linkcode executorConformance} takes. */
export interface ExecutorSetup {
  /** Make the passes. Called for every check. */
  start(): ExecutorOps | Promise<ExecutorOps>;
  /** Number of live allocations. Absent: leaks are not checked. */
  live?(): number;
  /**
   * Random inputs per check.
   *
   * @default {40}
   */
  readonly draws?: number;
}

/** Error that single precision may cause, relative to the largest entry, or to 1 if that is larger. */
const TOLERANCE = 1e-5;

/** Paddings of published networks, and asymmetric ones. */
const PADDINGS: readonly Padding[] = [[0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 1], [1, 0, 0, 1]];

/** Passes of an engine, with what it leaves to the executor. */
type Ops = ReturnType<typeof completeOps>;

/** Results of passes, on the host. */
type Found = Readonly<Record<string, ArrayLike<number>>>;

/** Runs one computation on any passes; frees what it makes. */
type Trial = (ops: Ops) => Found;

/**
 * The checks that the passes of every engine must pass: on random inputs they agree with
 * `referenceOps`, they leak nothing, and the caller owns what they return.
 *
 * @example Without a test runner
 * ```ts
 * import { executorConformance, referenceOps } from "@espalier/testing";
 *
 * const kit = executorConformance({ start: referenceOps, draws: 1 });
 * for (const { fn } of kit) await fn();
 * ```
 *
 * @param setup The passes.
 * @returns The checks.
 */
export function* executorConformance(setup: ExecutorSetup): Generator<ConformanceCase> {
  yield trialCase("reads what was uploaded", setup, (draw) => {
    const shape = draw.shape(), values = draw.values(shape);
    return (ops) => {
      const x = ops.upload(values, shape);
      const first = ops.read(x), second = ops.read(x);
      ops.free(x);
      return { first, second };
    };
  });
  yield trialCase("convolves, and goes back to input and kernel", setup, drawConvolution);
  yield trialCase("convolves channels by themselves, and goes back", setup, drawDepthwise);
  yield trialCase("pools, and goes back", setup, drawPooling);
  yield trialCase("views numbers in another shape", setup, (draw) => {
    const shape = draw.shape(), values = draw.values(shape), [batch, ...rest] = shape;
    const size = rest.reduce((a, b) => a * b, 1);
    return (ops) => {
      const x = ops.upload(values, shape);
      return taken(ops, { y: ops.view(x, [batch, 1, 1, size]) }, [x]);
    };
  });
  yield trialCase("makes tensors of features, and features of tensors", setup, (draw) => {
    const shape = draw.shape(), values = draw.values(shape);
    return (ops) => {
      const x = ops.upload(values, shape), tensor = ops.toTensor(x);
      ops.free(x);
      const tensorValues = tensor.dataSync<"float32">(), y = ops.fromTensor(tensor);
      tensor.dispose();
      return { tensorValues, ...taken(ops, { y }, []) };
    };
  });
  yield {
    name: "executor: finds moments, of channels far from zero too",
    fn: () => overDraws("moments", setup, checkMoments),
  };
  yield trialCase("maps channels", setup, (draw) => {
    const shape = draw.shape(), map = drawMap(draw, shape), { residual, ...fixed } = map;
    const values = draw.values(shape);
    return (ops) => {
      const x = ops.upload(values, shape);
      const added = residual && ops.upload(residual.values, residual.shape);
      const y = ops.affine(x, { ...fixed, residual: added });
      return taken(ops, { y }, [x, ...(added ? [added] : [])]);
    };
  });
  yield trialCase("goes back through a map of channels", setup, drawMapGradient);
}

/** A check of one trial after the other, each compared with the reference. */
function trialCase(
  name: string,
  setup: ExecutorSetup,
  make: (draw: Draw) => Trial,
): ConformanceCase {
  return {
    name: `executor: ${name}`,
    fn: () =>
      overDraws(name, setup, (draw, ops) => {
        const run = make(draw), reference = referenceOps();
        const expected = run(completeOps(reference)), actual = run(ops);
        check(reference.live === 0, "the kit itself leaves features behind");
        compare(actual, expected);
      }),
  };
}

async function overDraws(
  name: string,
  { start, live, draws = 40 }: ExecutorSetup,
  fn: (draw: Draw, ops: Ops) => void,
): Promise<void> {
  const random = createRandom(draws), ops = completeOps(await start());
  for (let n = 0; n < draws; n++) {
    const run = () => {
      const draw = new Draw(random.stream(name, n));
      try {
        fn(draw, ops);
      } catch (error) {
        if (error instanceof Error) error.message += `, in draw ${n}: ${draw}`;
        throw error;
      }
    };
    run();
    if (live === undefined) continue;
    const before = live(); // what the first run caches is no leak
    run();
    check(live() === before, `${live() - before} are left behind, in draw ${n}`);
  }
}

function compare(actual: Found, expected: Found): void {
  for (const [name, values] of Object.entries(expected)) {
    const found = actual[name]!;
    check(found.length === values.length, `${name} has ${found.length} entries`);
    const numbers = Array.from(values), largest = numbers.reduce(larger, 1);
    const off = numbers.map((value, i) => value - found[i]!).reduce(larger, 0);
    check(off <= TOLERANCE * largest, `${name} is off by ${off}, of ${largest}`);
  }
}

/** The larger magnitude; NaN if either is. */
const larger = (a: number, b: number): number => Math.max(a, Math.abs(b));

/** Read the results, and free everything. */
function taken(
  ops: Ops,
  results: Readonly<Record<string, Feature>>,
  others: readonly Feature[],
): Found {
  // Results must outlive their inputs.
  ops.free(...others);
  const found = Object.entries(results).map(([name, x]) => {
    const values = ops.read(x);
    return [[name, values], [`shape of ${name}`, x.shape]] as const;
  }).flat();
  ops.free(...Object.values(results));
  return Object.fromEntries(found);
}

/** A window that fits images. */
function drawWindow(draw: Draw, shape: FeatureShape) {
  const padding = draw.one(PADDINGS, "padding");
  const room = Math.min(shape[1] + padding[0] + padding[1], shape[2] + padding[2] + padding[3]);
  const side = draw.one([1, 3, 5, 7].filter((side) => side === 1 || side <= room), "side");
  return { side, strides: draw.one<Size>([[1, 1], [2, 2]], "strides"), padding };
}

function drawConvolution(draw: Draw): Trial {
  const shape = draw.shape(), { side, ...window } = drawWindow(draw, shape);
  const whole = [side, side, shape[3], draw.channels()] as const;
  const options = { ...window, kernel: draw.values(whole), shape: whole };
  return convolutionTrial(draw, shape, (ops, x) => ops.convolve(x, options));
}

function drawDepthwise(draw: Draw): Trial {
  const shape = draw.shape(), { side, ...window } = drawWindow(draw, shape);
  const whole = [side, side, shape[3]] as const;
  const options = { ...window, kernel: draw.values(whole), shape: whole };
  return convolutionTrial(draw, shape, (ops, x) => ops.depthwise(x, options));
}

function convolutionTrial(
  draw: Draw,
  shape: FeatureShape,
  run: (ops: Ops, x: Feature) => Convolution,
): Trial {
  const x = draw.values(shape), probe = draw.probe();
  return (ops) => {
    const input = ops.upload(x, shape);
    using convolution = run(ops, input);
    const { output } = convolution, y = ops.read(output);
    const dy = ops.upload(probe(y.length), output.shape);
    // A gradient must not need the output.
    const sizes = output.shape;
    ops.free(output);
    const dx = convolution.inputGradient(dy);
    const kernel = convolution.kernelGradient(dy);
    return { y, kernel, "shape of y": sizes, ...taken(ops, { dx }, [dy, input]) };
  };
}

function drawPooling(draw: Draw): Trial {
  const shape = draw.shape(), x = draw.distinct(shape);
  const size = draw.one<Size>([[2, 2], [3, 3], [1, 2]], "size");
  const strides = draw.one<Size>([[1, 1], [2, 2]], "strides");
  const pool = draw.one(["max", "average"] as const, "pool");
  const [top, bottom, ...sides] = draw.one(PADDINGS, "padding");
  // No window lies in the padding alone.
  const padding: Padding = size[0] === 1 ? [0, 0, ...sides] : [top, bottom, ...sides];
  const probe = draw.probe();
  return (ops) => {
    const input = ops.upload(x, shape);
    using pooling = ops.pool(input, { pool, size, strides, padding });
    const { output } = pooling, y = ops.read(output);
    const dy = ops.upload(probe(y.length), output.shape);
    const dx = pooling.gradient(dy);
    return { y, "shape of y": output.shape, ...taken(ops, { dx }, [dy, input, output]) };
  };
}

/** For means up to 300 deviations: four digits of the variance, six of the mean. */
function checkMoments(draw: Draw, ops: Ops): void {
  const shape = draw.shape(), ratio = draw.one([0, 1, 7, 30, 300], "ratio");
  const values = draw.values(shape).map((value, i) => value + ratio * (i % shape[3] % 2));
  const momentsOf = (ops: Pick<ExecutorOps, "upload" | "moments" | "free">) => {
    const x = ops.upload(values, shape);
    const found = ops.moments(x);
    ops.free(x);
    return found;
  };
  const actual = momentsOf(ops), expected = momentsOf(referenceOps());
  for (let c = 0; c < shape[3]; c++) {
    const [mean, variance] = [expected.mean[c]!, expected.variance[c]!];
    const offMean = Math.abs(actual.mean[c]! - mean);
    const offVariance = Math.abs(actual.variance[c]! - variance);
    check(offMean <= 1e-6 * (1 + Math.abs(mean)), `mean ${mean} is off by ${offMean}`);
    check(offVariance <= 1e-4 * variance, `variance ${variance} is off by ${offVariance}`);
  }
}

/** A map whose residual is not uploaded yet. */
type DrawnMap = Omit<RowMap, "residual"> & {
  readonly residual?: { readonly values: Float32Array; readonly shape: FeatureShape };
};

function drawMap(draw: Draw, [batch, height, width, from]: FeatureShape): DrawnMap {
  const diagonal = draw.one([true, false], "diagonal");
  const to = diagonal ? draw.atMost(from) : draw.channels();
  const has = draw.one(["no", "equal", "other"], "residual");
  const wide = has === "other" ? draw.channels() : to;
  const shape = [batch, height, width, wide] as const;
  const isScaled = has !== "no" && draw.one([true, false], "scale");
  return {
    matrix: draw.values(diagonal ? [to] : [from, to]),
    diagonal,
    bias: draw.values([to]),
    ...drawRelu(draw),
    ...(has !== "no" && { residual: { values: draw.values(shape), shape } }),
    ...(isScaled && { scale: draw.values([to]) }),
  };
}

/** Whether there is a relu, and its largest value. */
function drawRelu(draw: Draw): Pick<RowMap, "relu" | "max"> {
  const relu = draw.one(["no", "open", "clipped"], "relu");
  return { relu: relu !== "no", ...(relu === "clipped" && { max: 0.75 }) };
}

function drawMapGradient(draw: Draw): Trial {
  const shape = draw.shape(), [batch, height, width, from] = shape;
  const diagonal = draw.one([true, false], "diagonal");
  const channels = diagonal ? draw.atMost(from) : draw.channels();
  const x = draw.values(shape);
  const dys = Array.from({ length: draw.atMost(3) }, () => {
    const wide = draw.one([true, false], "wider") ? channels + draw.atMost(5) : channels;
    const shape = [batch, height, width, wide] as const;
    return { values: draw.values(shape), shape };
  });
  const { relu, max } = drawRelu(draw);
  const like = [batch, height, width, channels] as const;
  const mask = draw.values(like).map((value) => Math.min(max ?? Infinity, Math.max(0, value)));
  return (ops) => {
    const input = ops.upload(x, shape);
    const readers = dys.map(({ values, shape }) => ops.upload(values, shape));
    const y = relu ? ops.upload(mask, like) : undefined;
    const { d, bias, matrix } = ops.affineGradient(input, {
      ...{ dys: readers, channels, y, max, diagonal },
    });
    return { bias, matrix, ...taken(ops, { d }, [input, ...readers, ...(y ? [y] : [])]) };
  };
}
