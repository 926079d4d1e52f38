import { createRandom } from "@espalier/core";
import { blueprintOfShape } from "@espalier/networks";
import { compile, softmaxCrossEntropy } from "@espalier/supernet";
import { lossGradients } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { CaseFile, CaseReader, NetworkSpec } from "../case.ts";
import { type Findings, TOLERANCES } from "../findings.ts";
import { labelsOf, valuesOf } from "../formula.ts";
import { convolutionsOf, shapeOfSpec } from "../specs.ts";
import { compareOutputs, compareSummaries, setWeights } from "./search_network.ts";

type Summaries = Readonly<Record<string, readonly number[]>>;

/** A built network, one evaluation and one training pass. */
export interface DerivedFile extends CaseFile {
  readonly kind: "derived";
  readonly shape: string;
  readonly seed: number;
  readonly network: NetworkSpec;
  readonly widths: readonly number[];
  readonly depths: readonly number[];
  readonly convolutions: readonly (readonly [string, number, number, number])[];
  readonly expect: {
    readonly eval: Pass;
    readonly train: Pass & { readonly gradients: Summaries; readonly statistics: Summaries };
  };
}

interface Pass {
  readonly logits: readonly (readonly number[])[];
  readonly outputs: Summaries;
  readonly crossEntropy: number;
}

/** Reader of `derived-*` files. */
export const derived: CaseReader<DerivedFile> = (file) => [{
  name: `derived ${file.network.block} ${file.network.depth}, ${file.shape}`,
  run: (findings) => tf.tidy(() => runCase(file, findings)),
}];

function runCase(file: DerivedFile, findings: Findings): void {
  const { seed, network: spec, expect } = file;
  const blueprint = blueprintOfShape(shapeOfSpec(spec, file));
  findings.compare("convolutions", {
    actual: convolutionsOf(blueprint).map(({ input, output, norm }) => [input, output, norm]),
    expected: file.convolutions.map(([, input, output, norm]) => [input, output, norm]),
    tolerance: TOLERANCES.exact,
  });
  using network = compile(blueprint, { random: createRandom(0) });
  setWeights(network, { seed, statistics: true });
  const shape = [spec.images, spec.size, spec.size, 3] as [number, number, number, number];
  const images = tf.tensor4d(valuesOf(seed, { name: "images", shape }), shape);
  const labels = tf.oneHot(
    tf.tensor1d(labelsOf(seed, { count: spec.images, classes: spec.classes }), "int32"),
    spec.classes,
  ).toFloat() as tf.Tensor2D;

  const pass = (mode: "eval" | "train"): tf.Scalar => {
    const { outputs, logits: expectedLogits, crossEntropy } = expect[mode];
    const blocks = new Map(
      blueprint.stages.flatMap(({ blocks }) => blocks).map((b) => [b.id, b.output]),
    );
    const { logits, features } = network.forward(images, {
      training: mode === "train",
      taps: Object.keys(outputs).map((name) => blocks.get(name) ?? name),
    });
    compareOutputs(findings, {
      seed,
      expected: outputs,
      value: (name) => features.get(blocks.get(name) ?? name)!,
    });
    findings.compare(`logits (${mode})`, {
      actual: logits.arraySync(),
      expected: expectedLogits,
      tolerance: TOLERANCES.logits,
      scale: "largest",
    });
    const loss = softmaxCrossEntropy(logits, labels);
    findings.compare(`cross-entropy (${mode})`, {
      actual: loss.dataSync()[0]!,
      expected: crossEntropy,
      tolerance: TOLERANCES.value,
    });
    return loss;
  };
  pass("eval");
  const { gradients } = lossGradients(() => pass("train"), network.parameters);
  const { gradients: expected, statistics } = expect.train;
  compareSummaries(findings, { seed, expected, tensors: gradients, what: "gradients" });
  compareSummaries(findings, {
    seed,
    expected: statistics,
    tensors: network.statistics,
    what: "statistics",
  });
}
