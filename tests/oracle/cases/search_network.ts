import { type costOf, decisionsOf, expectedCost } from "@espalier/blueprint";
import {
  AggregatorToken,
  CostModelToken,
  createRandom,
  type Decision,
  type Mixtures,
  type Network,
  openServices,
  type Plugin,
  SamplerToken,
  SearchSpaceToken,
} from "@espalier/core";
import { resnet } from "@espalier/networks";
import { cwi } from "@espalier/plugin-cwi";
import { depthSearch } from "@espalier/plugin-depth-search";
import { flops } from "@espalier/plugin-flops";
import { widthSearch } from "@espalier/plugin-width-search";
import { compile, softmaxCrossEntropy } from "@espalier/supernet";
import { lossGradients } from "@espalier/training";
import { TOY_BUDGET } from "@espalier/testing";
import * as tf from "@tensorflow/tfjs";
import type { Case, CaseFile, CaseOptions, CaseReader, NetworkSpec } from "../case.ts";
import { type Findings, summary, TOLERANCES } from "../findings.ts";
import { formulaWeights, labelsOf, valuesOf } from "../formula.ts";
import { officialCount } from "../official_count.ts";
import { recordedSampler } from "../recorded_sampler.ts";

type Rows = readonly (readonly number[])[];
type Summaries = Readonly<Record<string, readonly number[]>>;

/** One pass of a search network. */
export interface SearchNetworkFile extends CaseFile {
  readonly kind: "shape" | "width" | "depth";
  readonly seed: number;
  readonly mode: "train" | "eval";
  readonly tau: number;
  readonly network: NetworkSpec;
  readonly widthCandidates?: Rows;
  readonly depthCandidates?: Rows;
  readonly alpha?: Rows;
  readonly beta?: Rows;
  readonly widthNoise?: Rows;
  readonly depthNoise?: Rows;
  readonly selected?: Rows;
  readonly lambda: number;
  readonly expect: {
    readonly widthProbabilities?: Rows;
    readonly weights?: Rows;
    readonly widths?: Rows;
    readonly depthProbabilities?: Rows;
    readonly sampledDepthProbabilities?: Rows;
    readonly outputs: Summaries;
    readonly logits: Rows;
    readonly expectedMacs: number;
    readonly countedMacs: number | null;
    readonly crossEntropy: number;
    readonly total: number;
    readonly gradients?: {
      readonly crossEntropy: { readonly alpha?: Rows; readonly beta?: Rows };
      readonly total: { readonly alpha?: Rows; readonly beta?: Rows };
      readonly parameters: Summaries;
    };
    readonly statistics?: Summaries;
  };
}

/** The spaces of a kind: width, depth, or both, the same supernet every time. */
function spacesOf(kind: SearchNetworkFile["kind"]): Plugin[] {
  return [
    ...(kind === "depth" ? [] : [widthSearch()]),
    ...(kind === "width" ? [] : [depthSearch()]),
  ];
}

/** Logits of one kind of decision. */
interface Group {
  readonly key: "alpha" | "beta";
  readonly decisions: readonly Decision[];
  readonly logits: tf.Variable<tf.Rank.R2>;
}

function groupsOf(file: SearchNetworkFile, decisions: readonly Decision[]): Group[] {
  const make = (key: "alpha" | "beta", kind: Decision["effect"]["kind"]): Group[] => {
    const rows = file[key];
    if (rows === undefined) return [];
    const own = decisions.filter(({ effect }) => effect.kind === kind);
    const columns = Math.max(...rows.map((row) => row.length));
    const padded = rows.map((row) => [...row, ...Array(columns - row.length).fill(-1e9)]);
    return [{ key, decisions: own, logits: tf.variable(tf.tensor2d(padded)) }];
  };
  return [...make("alpha", "channels"), ...make("beta", "exit")];
}

/** Reader of `shape-*`, `width-*` and `depth-*` files. */
export const searchNetwork: CaseReader<SearchNetworkFile> = (file) =>
  [{
    name: `${file.kind} ${file.network.block} ${file.network.depth}, tau ${file.tau}, ${file.mode}`,
    run: (findings, options) => tf.tidy(() => runCase(file, { findings, options })),
  }] satisfies Case[];

function runCase(
  file: SearchNetworkFile,
  { findings, options }: { findings: Findings; options: CaseOptions },
): void {
  const { seed, network: spec, expect, mode } = file;
  const services = openServices([...spacesOf(file.kind), cwi(), flops(), recordedSampler(file)]);
  const blueprint = resnet({
    depth: spec.depth,
    classes: spec.classes,
    block: spec.block,
    projectionNorm: file.kind === "depth",
  });
  const decisions = decisionsOf(blueprint, services.getAll(SearchSpaceToken));
  const model = services.getAll(CostModelToken).find(({ name }) => name === "macs")!;
  using network = compile(blueprint, {
    random: createRandom(0),
    decisions,
    aggregator: services.get(AggregatorToken),
    fused: options.fused,
  });
  setWeights(network, { seed, statistics: mode === "eval" });
  const groups = groupsOf(file, decisions);
  compareCandidates(findings, { file, groups });

  const sampler = services.get(SamplerToken);
  const sample = (): Mixtures =>
    new Map(groups.flatMap(({ decisions, logits, key }) => {
      const at = {
        epoch: 0,
        epochs: 1,
        random: createRandom(0).stream("unused"),
        budget: TOY_BUDGET,
      };
      const mixtures = sampler.sample(logits, {
        decisions,
        ...at,
        ...(key === "beta" && { count: "all" as const }),
      });
      return decisions.map(({ id }, row) => [id, mixtures[row]!] as const);
    }));
  using expected = expectedCost(blueprint, { decisions, model, projections: "omitted" });
  const cost = () => {
    const probabilities = new Map(groups.flatMap(({ decisions, logits }) => {
      const all = sampler.probabilities(logits);
      return decisions.map(({ id, candidates }, row) =>
        [id, all.slice([row, 0], [1, candidates.length]).reshape([-1]) as tf.Tensor1D] as const
      );
    }));
    return expected.evaluate(probabilities).div(1e6) as tf.Scalar;
  };

  const images = tf.tensor4d(
    valuesOf(seed, { name: "images", shape: [spec.images, spec.size, spec.size, 3] }),
    [spec.images, spec.size, spec.size, 3],
  );
  const labels = tf.oneHot(
    tf.tensor1d(labelsOf(seed, { count: spec.images, classes: spec.classes }), "int32"),
    spec.classes,
  ).toFloat() as tf.Tensor2D;
  const taps = new Map(
    Object.keys(expect.outputs).map((name) => {
      const block = blueprint.stages.flatMap(({ blocks }) => blocks).find(({ id }) => id === name);
      return [name, block?.output ?? name];
    }),
  );

  let first = true;
  const crossEntropy = (): tf.Scalar => {
    const mixtures = sample();
    const { logits, features } = network.forward(images, {
      training: mode === "train",
      mixtures,
      taps: first ? [...taps.values()] : [],
    });
    if (first) compareForward(findings, { file, mixtures, groups, logits, features, taps });
    first = false;
    return softmaxCrossEntropy(logits, labels);
  };

  const architecture = new Map(groups.map(({ key, logits }) => [key as string, logits]));
  const all = new Map<string, tf.Variable>([...network.parameters, ...architecture]);
  const result = lossGradients(crossEntropy, all);
  const value = TOLERANCES.value;
  const loss = result.loss.dataSync()[0]!;
  findings.compare("cross-entropy", {
    actual: loss,
    expected: expect.crossEntropy,
    tolerance: value,
  });
  const priced = lossGradients(() => cost().log().mul(file.lambda) as tf.Scalar, architecture);
  findings.compare("expected cost", {
    actual: cost().dataSync()[0]!,
    expected: expect.expectedMacs,
    tolerance: value,
  });
  findings.compare("total loss", {
    actual: loss + priced.loss.dataSync()[0]!,
    expected: expect.total,
    tolerance: value,
  });
  compareCounted(findings, { file, groups, blueprint, decisions, model });
  if (expect.gradients === undefined) return;
  for (const { key, decisions } of groups) {
    const rows = (gradient: tf.Tensor) =>
      decisions.map(({ candidates }, r) =>
        gradient.slice([r, 0], [1, candidates.length]).dataSync()
      );
    const own = result.gradients.get(key)!;
    const total = own.add(priced.gradients.get(key)!);
    for (const [what, actual] of [["crossEntropy", own], ["total", total]] as const) {
      findings.compare(`gradient of ${key} (${what})`, {
        actual: rows(actual),
        expected: expect.gradients[what][key],
        tolerance: TOLERANCES.architectureGradient,
        scale: "largest",
      });
    }
  }
  compareSummaries(findings, {
    seed,
    expected: expect.gradients.parameters,
    tensors: result.gradients,
    what: "gradients",
  });
  compareSummaries(findings, {
    seed,
    expected: expect.statistics ?? {},
    tensors: network.statistics,
    what: "statistics",
  });
}

/** Set a network's weights by the formula. */
export function setWeights(
  network: Network,
  { seed, statistics }: { seed: number; statistics: boolean },
): void {
  const shapes = Object.fromEntries(
    [...network.parameters, ...network.statistics].map((
      [name, { shape }],
    ) => [name, { shape, values: new Float32Array() }]),
  );
  network.write(formulaWeights(seed, { weights: shapes, statistics }));
}

function compareCandidates(
  findings: Findings,
  { file, groups }: { file: SearchNetworkFile; groups: readonly Group[] },
): void {
  for (const { key, decisions, logits } of groups) {
    const recorded = key === "alpha" ? file.widthCandidates : file.depthCandidates;
    findings.compare(`candidates of ${key}`, {
      actual: decisions.map(({ candidates }) => candidates),
      expected: recorded,
      tolerance: TOLERANCES.exact,
    });
    const probabilities = tf.softmax(logits);
    findings.compare(`probabilities of ${key}`, {
      actual: decisions.map(({ candidates }, r) =>
        probabilities.slice([r, 0], [1, candidates.length]).dataSync()
      ),
      expected: key === "alpha" ? file.expect.widthProbabilities : file.expect.depthProbabilities,
      tolerance: TOLERANCES.value,
    });
  }
}

function compareForward(
  findings: Findings,
  { file: { seed, expect }, mixtures, groups, logits, features, taps }: {
    file: SearchNetworkFile;
    mixtures: Mixtures;
    groups: readonly Group[];
    logits: tf.Tensor;
    features: ReadonlyMap<string, tf.Tensor>;
    taps: ReadonlyMap<string, string>;
  },
): void {
  for (const { key, decisions } of groups) {
    findings.compare(`mixing weights of ${key}`, {
      actual: decisions.map(({ id }) => mixtures.get(id)!.weights.dataSync()),
      expected: key === "alpha" ? expect.weights : expect.sampledDepthProbabilities,
      tolerance: TOLERANCES.value,
    });
  }
  compareOutputs(findings, {
    seed,
    expected: expect.outputs,
    value: (name) => features.get(taps.get(name)!)!,
  });
  findings.compare("logits", {
    actual: logits.arraySync(),
    expected: expect.logits,
    tolerance: TOLERANCES.logits,
    scale: "largest",
  });
}

/** Channels, norm and probe product of features. */
export function compareOutputs(
  findings: Findings,
  { seed, expected, value }: {
    seed: number;
    expected: Summaries;
    value: (name: string) => tf.Tensor;
  },
): void {
  for (const [name, [channels, norm, product]] of Object.entries(expected)) {
    const x = value(name);
    findings.compare(`channels of ${name}`, {
      actual: x.shape[x.rank - 1]!,
      expected: channels,
      tolerance: TOLERANCES.exact,
    });
    const probe = valuesOf(seed, { name: `${name}/output/probe`, shape: [x.size] });
    findings.compare(`output of ${name}`, {
      actual: summary(x.dataSync(), probe),
      expected: [norm, product],
      tolerance: TOLERANCES.output,
      scale: norm!,
    });
  }
}

/** Norms and probe products of gradients or statistics by name. */
export function compareSummaries(
  findings: Findings,
  { seed, expected, tensors, what }: {
    seed: number;
    expected: Summaries;
    tensors: ReadonlyMap<string, tf.Tensor>;
    what: "gradients" | "statistics";
  },
): void {
  const norms = Object.values(expected).map(([norm]) => norm!);
  const smallest = what === "gradients" ? 1e-4 * Math.max(...norms) : 0;
  for (const [name, [norm, product]] of Object.entries(expected)) {
    if (norm! < smallest) continue;
    const tensor = tensors.get(name);
    const probe = valuesOf(seed, { name: `${name}/probe`, shape: [tensor?.size ?? 0] });
    findings.compare(`${what} of ${name}`, {
      actual: tensor === undefined ? [NaN, NaN] : summary(tensor.dataSync(), probe),
      expected: [norm, product],
      tolerance: what === "gradients" ? TOLERANCES.parameterGradient : TOLERANCES.output,
      scale: norm!,
    });
  }
  if (what === "statistics") return;
  const unexpected = [...tensors.keys()].filter((name) =>
    !["alpha", "beta"].includes(name) && !(name in expected)
  );
  findings.compare(
    `no gradient but the recorded ones${unexpected.length ? `: ${unexpected[0]}` : ""}`,
    {
      actual: unexpected.length,
      expected: 0,
      tolerance: TOLERANCES.exact,
    },
  );
}

function compareCounted(
  findings: Findings,
  { file, groups, blueprint, decisions, model }: {
    file: SearchNetworkFile;
    groups: readonly Group[];
    blueprint: Parameters<typeof costOf>[0];
    decisions: readonly Decision[];
    model: Parameters<typeof costOf>[1];
  },
): void {
  const counted = file.expect.countedMacs;
  if (counted === null) return;
  const best = Object.fromEntries(groups.flatMap(({ decisions, logits }) => {
    const indices = tf.argMax(logits, 1).dataSync();
    return decisions.map(({ id, candidates }, row) => [id, candidates[indices[row]!]!]);
  }));
  findings.compare("counted cost", {
    actual: officialCount(blueprint, { decisions, choices: best, model }) / 1e6,
    expected: counted,
    tolerance: { relative: 1e-9, absolute: 0 },
  });
}
