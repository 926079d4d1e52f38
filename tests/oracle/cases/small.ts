import { type BudgetZone, openServices, RegularizerToken, TransferToken } from "@espalier/core";
import { interpolateChannels, interpolationMatrix } from "@espalier/plugin-cwi";
import { budgetLoss } from "@espalier/plugin-flops";
import { mixingWeights, noisyLogits, tauAt } from "@espalier/plugin-gumbel-softmax";
import { kd } from "@espalier/plugin-kd";
import { softmaxCrossEntropy } from "@espalier/supernet";
import { createAdam, createSgd, rateAt } from "@espalier/training";
import { regularizerInput, transferInput } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import type { CaseFile, CaseReader } from "../case.ts";
import { TOLERANCES } from "../findings.ts";
import { hashOf, valuesOf } from "../formula.ts";

type Rows = readonly (readonly number[])[];
const { value, exact, architectureGradient } = TOLERANCES;

/** First, last and sum of tensors, to test the formula. */
export interface ValuesFile extends CaseFile {
  readonly kind: "values";
  readonly cases: readonly {
    readonly seed: number;
    readonly name: string;
    readonly shape: readonly number[];
    readonly hash: number;
    readonly first: readonly number[];
    readonly last: number;
    readonly sum: number;
  }[];
}

/** Reader of `values.json`. */
export const values: CaseReader<ValuesFile> = ({ cases }) =>
  cases.filter(({ name }) => name !== "labels").map((one) => ({
    name: `formula of ${one.name}`,
    run(findings) {
      const made = valuesOf(one.seed, one);
      findings.compare("hash", {
        actual: hashOf(one.seed, one.name),
        expected: one.hash,
        tolerance: exact,
      });
      findings.compare("first", {
        actual: [...made.slice(0, one.first.length)],
        expected: one.first,
        tolerance: exact,
      });
      findings.compare("last", { actual: made.at(-1), expected: one.last, tolerance: exact });
      findings.compare("sum", {
        actual: made.reduce((a, b) => a + b, 0),
        expected: one.sum,
        tolerance: { relative: 1e-8, absolute: 1e-9 },
      });
    },
  }));

/** Channel-wise interpolation in full. */
export interface CwiFile extends CaseFile {
  readonly kind: "cwi";
  readonly cases: readonly {
    readonly from: number;
    readonly to: number;
    readonly input: unknown;
    readonly output: unknown;
    readonly upstream: unknown;
    readonly inputGradient: unknown;
  }[];
}

/** Reader of `cwi.json`. */
export const cwiCases: CaseReader<CwiFile> = ({ cases }) =>
  cases.map((one) => ({
    name: `cwi ${one.from} to ${one.to}`,
    run: (findings) =>
      tf.tidy(() => {
        const input = tf.tensor(one.input as number[]),
          upstream = tf.tensor(one.upstream as number[]);
        const { value: output, grad } = tf.valueAndGrad((x) => interpolateChannels(x, one.to))(
          input,
          upstream,
        );
        const matrix = tf.tensor2d(interpolationMatrix(one.from, one.to), [one.from, one.to]);
        const product = tf.matMul(input.reshape([-1, one.from]), matrix).reshape(output.shape);
        const compare = (what: string, actual: tf.Tensor, expected: unknown) =>
          findings.compare(what, { actual: actual.arraySync(), expected, tolerance: value });
        compare("output", output, one.output);
        compare("output by the matrix", product, one.output);
        compare("gradient", grad, one.inputGradient);
      }),
  }));

/** Gumbel-softmax with recorded noise. */
export interface SelectFile extends CaseFile {
  readonly kind: "select";
  readonly cases: readonly {
    readonly tau: number;
    readonly count: number;
    readonly logits: Rows;
    /** Null: neither noise nor temperature. */
    readonly noise: Rows | null;
    readonly selected: Rows;
    readonly upstream: Rows;
    readonly upstreamAll: Rows;
    readonly expect: {
      readonly probabilities: Rows;
      readonly sampledProbabilities: Rows;
      readonly weights: Rows;
      readonly logitGradient: Rows;
      readonly logitGradientAll: Rows;
    };
  }[];
}

/** Reader of `select.json`. */
export const select: CaseReader<SelectFile> = ({ cases }) =>
  cases.map((one) => ({
    name: `select ${one.count}, tau ${one.tau}`,
    run: (findings) =>
      tf.tidy(() => {
        const logits = tf.tensor2d(one.logits as number[][]);
        const noise = one.noise && tf.tensor2d(one.noise as number[][]);
        const noisy = (x: tf.Tensor) =>
          noise === null
            ? tf.logSoftmax(x as tf.Tensor2D)
            : noisyLogits(x as tf.Tensor2D, { noise, tau: one.tau });
        const weights = tf.valueAndGrad((x) => mixingWeights(noisy(x), one.selected))(
          logits,
          tf.tensor2d(one.upstream as number[][]),
        );
        const all = tf.valueAndGrad((x) => tf.softmax(noisy(x)))(
          logits,
          tf.tensor2d(one.upstreamAll as number[][]),
        );
        const { expect } = one;
        const compare = (what: string, actual: tf.Tensor, expected: Rows) =>
          findings.compare(what, { actual: actual.arraySync(), expected, tolerance: value });
        const gradient = (what: string, actual: tf.Tensor, expected: Rows) =>
          findings.compare(what, {
            actual: actual.arraySync(),
            expected,
            tolerance: architectureGradient,
            scale: "largest",
          });
        compare("probabilities", tf.softmax(logits), expect.probabilities);
        compare("sampled probabilities", all.value, expect.sampledProbabilities);
        compare("weights", weights.value, expect.weights);
        gradient("gradient of the weights", weights.grad, expect.logitGradient);
        gradient("gradient of all", all.grad, expect.logitGradientAll);
      }),
  }));

/** Distillation. */
export interface KdFile extends CaseFile {
  readonly kind: "kd";
  readonly cases: readonly {
    readonly alpha: number;
    readonly temperature: number;
    readonly student: Rows;
    readonly teacher: Rows;
    readonly labels: readonly number[];
    readonly expect: { readonly loss: number; readonly gradient: Rows };
  }[];
}

/** Reader of `kd.json`. */
export const kdCases: CaseReader<KdFile> = ({ cases }) =>
  cases.map(({ alpha, temperature, ...one }) => ({
    name: `kd ${alpha}, temperature ${temperature}`,
    async run(findings) {
      await using services = openServices([kd({ weight: alpha, temperature })]);
      const [transfer] = services.getAll(TransferToken);
      tf.tidy(() => {
        const [student, teacher] = [one.student, one.teacher].map((z) =>
          tf.tensor2d(z as number[][])
        );
        const labels = tf.oneHot([...one.labels], student!.shape[1]!).toFloat() as tf.Tensor2D;
        const features = new Map();
        const { value: loss, grad } = tf.valueAndGrad((z) =>
          softmaxCrossEntropy(z as tf.Tensor2D, labels).mul(transfer!.taskWeight as number).add(
            transfer!.loss!(transferInput({
              student: { logits: z as tf.Tensor2D, features },
              teacher: { logits: teacher as tf.Tensor2D, features },
              labels,
            })),
          )
        )(student!);
        findings.compare("loss", {
          actual: loss.dataSync()[0],
          expected: one.expect.loss,
          tolerance: value,
        });
        findings.compare("gradient", {
          actual: grad.arraySync(),
          expected: one.expect.gradient,
          tolerance: architectureGradient,
          scale: "largest",
        });
      });
    },
  }));

/** The three branches of the cost loss. */
export interface BudgetLossFile extends CaseFile {
  readonly kind: "budget-loss";
  readonly cases: readonly {
    readonly expected: readonly number[];
    readonly current: number;
    readonly target: number;
    readonly tolerance: number;
    readonly loss: number;
    readonly gradient: readonly number[];
    readonly paperLoss: number;
  }[];
}

/** Reader of `budget-loss.json`: costs in millions. */
export const budgetLossCases: CaseReader<BudgetLossFile> = ({ cases }) =>
  cases.map(({ target, current, tolerance, ...one }, i) => ({
    name: `budget loss ${i}: ${current} against ${target}`,
    async run(findings) {
      await using services = openServices([budgetLoss()]);
      const [regularizer] = services.getAll(RegularizerToken);
      const million = 1e6;
      const zone = (low: number, high: number): BudgetZone => ({
        cost: "macs",
        unit: "multiply-adds",
        target: target * million,
        low: low * million,
        high: high * million,
        unpruned: Infinity,
        smallest: 0,
      });
      const lossOf = (budget: BudgetZone) =>
        tf.tidy(() => {
          const x = tf.tensor1d([...one.expected]);
          const { value: loss, grad } = tf.valueAndGrad((e) =>
            regularizer!.loss(regularizerInput({
              expected: tf.mean(e).mul(million) as tf.Scalar,
              actual: current * million,
              budget,
            }))
          )(x);
          return { loss: loss.dataSync()[0]!, gradient: [...grad.dataSync()] };
        });
      // the official zone is open below, at target − tolerance
      const official = lossOf(zone(target - tolerance, target));
      findings.compare("official loss", {
        actual: official.loss,
        expected: one.loss,
        tolerance: value,
      });
      findings.compare("gradient", {
        actual: official.gradient,
        expected: one.gradient,
        tolerance: value,
      });
      const paper = lossOf(zone(0.95 * target, 1.05 * target));
      findings.compare("paper's loss", {
        actual: paper.loss,
        expected: one.paperLoss,
        tolerance: value,
      });
    },
  }));

/** Temperature and learning rate by epoch. */
export interface SchedulesFile extends CaseFile {
  readonly kind: "schedules";
  readonly tau: readonly {
    readonly name: "cosine" | "linear" | "linear-open";
    readonly from: number;
    readonly to: number;
    readonly epochs: number;
    readonly at: readonly (readonly [number, number])[];
  }[];
  readonly learningRate: readonly {
    readonly name: string;
    readonly base: number;
    readonly minimum: number;
    readonly warmup: number;
    readonly epochs: number;
    readonly total: number;
    readonly at: readonly (readonly [number, number, number])[];
  }[];
}

/** Reader of `schedules.json`. `linear-open` is linear over one epoch more. */
export const schedules: CaseReader<SchedulesFile> = ({ tau, learningRate }) => [
  ...tau.map(({ name, from, to, epochs, at }) => ({
    name: `tau ${name} over ${epochs}`,
    run: (findings: Parameters<ReturnType<typeof values>[number]["run"]>[0]) => {
      const schedule = name === "cosine" ? "cosine" : "linear";
      const over = name === "linear-open" ? epochs + 1 : epochs;
      findings.compare("tau", {
        actual: at.map(([epoch]) => tauAt({ from, to, schedule }, { epoch, epochs: over })),
        expected: at.map(([, expected]) => expected),
        tolerance: { relative: 1e-8, absolute: 0 },
      });
    },
  })),
  ...learningRate.map(({ name, base, minimum, warmup, epochs, total, at }) => ({
    name: `learning rate ${name}`,
    run: (findings: Parameters<ReturnType<typeof values>[number]["run"]>[0]) =>
      findings.compare("rate", {
        actual: at.map(([epoch, part]) =>
          rateAt({
            peak: base,
            warmupEpochs: warmup,
            decay: "cosine",
            final: minimum,
            holdEpochs: total - epochs,
          }, { epoch, epochs: total, part })
        ),
        expected: at.map(([, , expected]) => expected),
        tolerance: { relative: 1e-8, absolute: 1e-12 },
      }),
  })),
];

/** Five steps of each optimizer. */
export interface OptimizersFile extends CaseFile {
  readonly kind: "optimizers";
  readonly cases: readonly {
    readonly name: string;
    readonly rule: "sgd" | "adam";
    readonly rate: number;
    readonly momentum: number;
    readonly nesterov: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly decay: number;
    readonly start: readonly number[];
    readonly gradients: Rows;
    readonly after: Rows;
  }[];
}

/** Reader of `optimizers.json`. */
export const optimizers: CaseReader<OptimizersFile> = ({ cases }) =>
  cases.map((one) => ({
    name: `optimizer of the ${one.name} (${one.rule})`,
    run: (findings) =>
      tf.tidy(() => {
        using optimizer = one.rule === "sgd"
          ? createSgd({ ...one, nesterov: one.nesterov === 1 })
          : createAdam(one);
        const w = tf.variable(tf.tensor1d([...one.start]));
        const actual = one.gradients.map((g) => {
          const gradients = new Map([["w", tf.tensor1d([...g])]]);
          optimizer.apply(new Map([["w", w]]), { gradients, rate: one.rate });
          return [...w.dataSync()];
        });
        w.dispose();
        findings.compare("weights", { actual, expected: one.after, tolerance: value });
      }),
  }));
