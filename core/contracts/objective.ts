import type { Scalar, Tensor } from "@tensorflow/tfjs";
import { createToken, type Flaw, type Token } from "../plugin/token.ts";
import type { ByOutput, DataForm, LabelForm } from "./dataset.ts";
import { methodFlaw, nameFlaw, tensorFlaw, told } from "./flaws.ts";

/** Labels of a batch for one output, image after image. */
export type BatchLabels = Int32Array | Float32Array;

/** What a metric came to. */
export interface MetricValue {
  /** Its value. */
  readonly value: number;
  /** Which way is better. */
  readonly better: "higher" | "lower";
  /** Whether it is a share, 0 to 1, which is shown as a percentage. */
  readonly share: boolean;
}

/** Values of metrics by name, as in `accuracy`. */
export type Metrics = Readonly<Record<string, MetricValue>>;

/** A number that says how good predictions are. */
export interface Metric extends Omit<MetricValue, "value"> {
  /** Unique name, as it is shown: `accuracy`. */
  readonly name: string;
  /**
   * The metric of any number of images.
   *
   * @param sums What {@linkcode Objective.tally} gave for their batches, added up.
   */
  value(sums: readonly number[]): number;
}

/**
 * The task that a network is trained for. Without one of a plugin it is classification, one class an
 * image.
 *
 * What it sees of an output is what labels are compared with: logits where labels are classes, of two
 * classes both, though the network may give that of class 1 alone; where they are numbers the value that
 * the exported model gives. One for several outputs sees all of them by name.
 */
export interface Objective {
  /** Name, for reports. */
  readonly name: string;
  /** The labels that it takes. */
  readonly labels: LabelForm["kind"];
  /** Its metrics. The first leads: searches score by it, and reports begin with it. */
  readonly metrics: readonly Metric[];
  /**
   * Shape of the outputs of one image that the data ask for, as in `[classes]` or
   * `[height, width, classes]`. A network that gives as many numbers as one vector will do, and of two
   * classes one logit, that of class 1.
   *
   * @throws {EspalierError} ERR_PLUGIN_OPTIONS or ERR_DATA_MISMATCH if it does not fit the data.
   */
  outputs(data: DataForm): ByOutput<readonly number[]>;
  /**
   * The loss, a mean over the batch, differentiable with respect to the outputs.
   *
   * @param outputs [batch, …].
   * @param labels One-hot [batch, classes] or [batch, height, width, classes]; 0 or 1 [batch, classes];
   * numbers [batch, size].
   */
  loss(outputs: ByOutput<Tensor>, labels: ByOutput<Tensor>): Scalar;
  /**
   * What all metrics are computed from, as sums over the images of a batch: those of two batches add up
   * to that of both. Called at every step; it should read from the engine once.
   *
   * @param outputs [batch, …].
   * @param labels As the data hold them.
   */
  tally(outputs: ByOutput<Tensor>, labels: ByOutput<BatchLabels>): number[];
  /**
   * What is said of every image by who has seen labels only: reports show what that reaches. Where there
   * are fewer numbers than outputs, they are repeated.
   *
   * @param mean Mean of the training labels by class or number: of one-hot labels the share of each class.
   */
  constant?(mean: ByOutput<readonly number[]>): ByOutput<readonly number[]>;
  /**
   * Factors of the losses of several outputs, by name.
   *
   * @default 1 each
   */
  readonly weights?: Readonly<Record<string, number>>;
}

const KINDS: readonly unknown[] = [
  "class",
  "classes",
  "class-map",
  "numbers",
  "by-output",
] satisfies readonly LabelForm["kind"][];

function metricsFlaw(metrics: unknown): Flaw {
  if (!Array.isArray(metrics) || metrics.length === 0) {
    return `must be a list of at least one metric: ${told(metrics)}`;
  }
  for (const [i, metric] of metrics.entries()) {
    const { name, better, share, value } = Object(metric) as Metric;
    const flaw = nameFlaw(name) ?? methodFlaw(value);
    if (flaw !== undefined) return `has an entry ${i}, which ${flaw}`;
    if (metrics.findIndex((one) => one.name === name) < i) return `has two metrics "${name}"`;
    if (better !== "higher" && better !== "lower") {
      return `must say of "${name}" whether "higher" or "lower" is better: ${told(better)}`;
    }
    if (typeof share !== "boolean") return `must say "share" of "${name}": ${told(share)}`;
  }
  return undefined;
}

function listOf(is: (value: unknown) => boolean, what: string): (made: unknown) => Flaw {
  return (made) => {
    if (Array.isArray(made) && made.length > 0 && made.every(is)) return undefined;
    return `must be a list of ${what}: ${told(made)}`;
  };
}

/** The same of each output. */
const byOutput = (flawOf: (made: unknown) => Flaw) => (made: unknown): Flaw => {
  if (typeof made !== "object" || made === null || Array.isArray(made)) return flawOf(made);
  for (const [name, one] of Object.entries(made)) {
    const flaw = flawOf(one);
    if (flaw !== undefined) return `has "${name}", which ${flaw}`;
  }
  return undefined;
};

const numbers = listOf((value) => typeof value === "number", "numbers");

/** Token of the {@linkcode Objective} of a run. */
export const ObjectiveToken: Token<Objective> = createToken<Objective>(
  "@espalier/core/Objective",
  {
    members: {
      name: nameFlaw,
      labels: (kind) => KINDS.includes(kind) ? undefined : `must be of a known kind: ${told(kind)}`,
      metrics: metricsFlaw,
      outputs: methodFlaw,
      loss: methodFlaw,
      tally: methodFlaw,
    },
    returns: {
      outputs: byOutput(
        listOf((n) => Number.isSafeInteger(n) && (n as number) > 0, "sizes from 1"),
      ),
      loss: (made) => tensorFlaw(made, []),
      tally: numbers,
      constant: byOutput(numbers),
    },
  },
);
