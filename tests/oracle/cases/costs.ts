import { costOf, decisionsOf, expectedCost, widthGroups } from "@espalier/blueprint";
import { CostModelToken, openServices, SearchSpaceToken } from "@espalier/core";
import { blueprintOfShape, resnet } from "@espalier/networks";
import { depthSearch } from "@espalier/plugin-depth-search";
import { flops } from "@espalier/plugin-flops";
import { widthSearch } from "@espalier/plugin-width-search";
import * as tf from "@tensorflow/tfjs";
import type { CaseFile, CaseReader } from "../case.ts";
import { type Findings, TOLERANCES } from "../findings.ts";
import { officialCount } from "../official_count.ts";
import { convolutionsOf, type Described, resnetOptions, shapeOfSpec } from "../specs.ts";

interface Counts {
  readonly macs: number;
  readonly macsWithBias: number;
  readonly params: number;
}

/** Exact costs of known shapes. */
export interface CostsFile extends CaseFile {
  readonly kind: "costs";
  readonly shapes: readonly (Described & Counts & {
    readonly name: string;
    readonly widths: readonly number[];
    readonly depths: readonly number[];
    readonly unpruned: Counts;
    readonly searchEstimate: number | null;
    readonly convolutions: readonly (readonly [string, number, number, number, number, number])[];
  })[];
}

const tfExact = TOLERANCES.exact;

/** Reader of `costs.json`. */
export const costs: CaseReader<CostsFile> = ({ shapes }) =>
  shapes.map((shape) => ({
    name: `costs of ${shape.name}`,
    async run(findings) {
      await using services = openServices([flops()]);
      const models = services.getAll(CostModelToken);
      const blueprint = blueprintOfShape(shapeOfSpec(shape, shape));
      const count = (target: typeof blueprint, expected: Counts, what: string) => {
        const total = (name: string) => costOf(target, models.find((m) => m.name === name)!).total;
        findings.compare(`${what} macs`, {
          actual: total("macs"),
          expected: expected.macs,
          tolerance: tfExact,
        });
        findings.compare(`${what} macs with bias`, {
          actual: total("macs") + shape.classes,
          expected: expected.macsWithBias,
          tolerance: tfExact,
        });
        findings.compare(`${what} params`, {
          actual: total("params"),
          expected: expected.params,
          tolerance: tfExact,
        });
      };
      count(blueprint, shape, "own");
      count(resnet({ ...resnetOptions(shape), projectionNorm: true }), shape.unpruned, "unpruned");
      const { byNode } = costOf(blueprint, models.find(({ name }) => name === "macs")!);
      const convolutions = convolutionsOf(blueprint);
      findings.compare("convolutions", {
        actual: convolutions.map((
          { name, kernel, input, output, size },
        ) => [kernel, input, output, size, byNode[name]!]),
        expected: shape.convolutions.filter(([name]) => name !== "classifier")
          .map(([, ...rest]) => rest),
        tolerance: tfExact,
      });
    },
  }));

/** Expected, counted and true cost. */
export interface FlopsFile extends CaseFile {
  readonly kind: "flops";
  readonly cases: readonly {
    readonly family: "cifar" | "imagenet";
    readonly kind: "shape" | "width" | "depth";
    readonly network: Described;
    readonly alpha?: readonly (readonly number[])[];
    readonly beta?: readonly (readonly number[])[];
    readonly expectedMacs: number;
    readonly countedMacs: number;
    readonly built: Counts | null;
    readonly widths?: readonly number[];
    readonly depths?: readonly number[];
  }[];
}

/** Reader of `flops.json`. */
export const flopsCases: CaseReader<FlopsFile> = ({ cases }) =>
  cases.map((one, i) => ({
    name: `flops ${i}: ${one.family} ${one.network.block}, ${one.kind}`,
    run: (findings) => runFlops(one, findings),
  }));

async function runFlops(one: FlopsFile["cases"][number], findings: Findings): Promise<void> {
  const described = { ...one.network, family: one.family };
  const rule = one.family === "imagenet" ? "proportional" : "odd";
  await using services = openServices([
    ...(one.kind === "depth" ? [] : [widthSearch()]),
    ...(one.kind === "width" ? [] : [depthSearch({ rule })]),
    flops(),
  ]);
  const blueprint = resnet(resnetOptions(described));
  const decisions = decisionsOf(blueprint, services.getAll(SearchSpaceToken));
  const models = services.getAll(CostModelToken);
  const macs = models.find(({ name }) => name === "macs")!;
  const rows = new Map((["channels", "exit"] as const).flatMap((kind) => {
    const logits = kind === "channels" ? one.alpha : one.beta;
    return decisions.filter(({ effect }) => effect.kind === kind)
      .map(({ id }, row) => [id, logits![row]!] as const);
  }));
  using expected = expectedCost(blueprint, { decisions, model: macs, projections: "omitted" });
  const value = tf.tidy(() =>
    expected.evaluate(
      new Map([...rows].map(([id, row]) => [id, tf.softmax(tf.tensor1d([...row]))])),
    ).dataSync()[0]! / 1e6
  );
  findings.compare("expected cost", {
    actual: value,
    expected: one.expectedMacs,
    tolerance: TOLERANCES.value,
  });
  const choices = Object.fromEntries(decisions.map(({ id, candidates }) => {
    const row = rows.get(id)!;
    return [id, candidates[row.indexOf(Math.max(...row))]!];
  }));
  findings.compare("counted cost", {
    actual: officialCount(blueprint, { decisions, choices, model: macs }) / 1e6,
    expected: one.countedMacs,
    tolerance: { relative: 1e-9, absolute: 0 },
  });
  if (one.built === null) return;
  const full = widthGroups(blueprint, { residual: "project" }).map(([leader]) => {
    const node = blueprint.nodes.find(({ id }) => id === leader)!;
    return node.op === "conv" ? node.channels : 0;
  });
  const built = blueprintOfShape(shapeOfSpec(described, {
    widths: one.widths?.length ? one.widths : full,
    depths: one.depths?.length ? one.depths : one.network.stageBlocks,
  }));
  for (const [name, key] of [["macs", "macs"], ["params", "params"]] as const) {
    findings.compare(`true ${name}`, {
      actual: costOf(built, models.find((m) => m.name === name)!).total,
      expected: one.built[key],
      tolerance: tfExact,
    });
  }
}
