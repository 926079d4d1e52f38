/** Imports the model of a folder and compares all that is known of it with what was imported. */
import {
  channelsName,
  costOf,
  derive,
  fixedWidths,
  isMaker,
  layerOf,
  sliceOf,
  widthGroups,
} from "@espalier/blueprint";
import type {
  Blueprint,
  BlueprintNode,
  Decision,
  LayerChannels,
  TrainedNetwork,
} from "@espalier/core";
import { importModel } from "@espalier/import";
import { macs } from "@espalier/plugin-flops";
import { inheritedWeights, readersMasked, toLayersModel } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import type { Expected, ExpectedGroup, NamedArray } from "./expected.ts";

/** What was found out about a folder. */
export interface Verdict {
  /** What is not as expected. */
  readonly faults: readonly string[];
  /** Largest difference of an output. */
  readonly worst: number;
  /** How many differences were taken. */
  readonly compared: number;
}

/**
 * Check a folder of `model.json`, its shards, and `expected.json`.
 *
 * @param folder Its path.
 * @returns What is not as expected.
 */
export async function checkModel(folder: string): Promise<Verdict> {
  const expected: Expected = JSON.parse(await Deno.readTextFile(`${folder}/expected.json`));
  const check = new Check(expected);
  try {
    const imported = await importModel(`${folder}/model.json`);
    if (expected.refusal !== undefined) check.fault(`"${expected.refusal}" was not refused`);
    else await check.all(imported, await metadataOf(folder));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (expected.refusal === undefined || !message.includes(expected.refusal)) check.fault(message);
  }
  return check;
}

async function metadataOf(folder: string): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(`${folder}/model.json`)).userDefinedMetadata;
}

/** The author's name of a node's layer, with the models that it is nested in. */
const labelOf = ({ id, source }: BlueprintNode): string => source?.path ?? source?.layer ?? id;

const countOf = ({ weights }: TrainedNetwork): number =>
  Object.values(weights).reduce((sum, { values }) => sum + values.length, 0);

const macsOf = (blueprint: Blueprint): number =>
  costOf(blueprint, { name: "macs", unit: "multiply-adds", cost: macs }).total;

class Check implements Verdict {
  readonly faults: string[] = [];
  worst = 0;
  compared = 0;
  readonly #expected: Expected;

  constructor(expected: Expected) {
    this.#expected = expected;
  }

  fault(text: string): void {
    this.faults.push(text);
  }

  async all(imported: TrainedNetwork, metadata: unknown): Promise<void> {
    const { outputs, params, macs, pruned } = this.#expected;
    const { blueprint } = imported;
    this.#equal("params", countOf(imported), params);
    this.#equal("macs", macsOf(blueprint), macs);
    await this.#outputs("imported", imported, { outputs, metadata });
    this.#groups(blueprint);

    const student = derive(blueprint, this.#choices(blueprint));
    const compact = { blueprint: student, weights: inheritedWeights(student, imported) };
    this.#equal("params of the compact network", countOf(compact), pruned.params);
    this.#equal("macs of the compact network", macsOf(student), pruned.macs);
    await this.#outputs("compact", compact, { outputs: pruned.outputs, metadata });
    const masked = { blueprint, weights: readersMasked(student, imported) };
    await this.#outputs("readers masked", masked, { outputs: pruned.outputs, metadata });
  }

  #equal(what: string, found: unknown, wanted: unknown): void {
    const [a, b] = [found, wanted].map((value) => JSON.stringify(value));
    if (a !== b) this.fault(`${what}: ${a} instead of ${b}`);
  }

  /** Outputs of the exported model, written and read back by stock TensorFlow.js. */
  async #outputs(what: string, network: TrainedNetwork, { outputs, metadata }: {
    readonly outputs: readonly NamedArray[];
    readonly metadata: unknown;
  }): Promise<void> {
    const exported = toLayersModel(network.blueprint, network.weights);
    let artifacts: tf.io.ModelArtifacts = {};
    await exported.save(tf.io.withSaveHandler((given) => {
      artifacts = given;
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" },
      });
    }));
    exported.dispose();
    this.#equal(`${what}: metadata`, artifacts.userDefinedMetadata, metadata);
    const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
    const { inputs } = this.#expected;
    this.#equal(`${what}: inputs`, model.inputNames, inputs.map(({ name }) => name));
    this.#equal(`${what}: outputs`, model.outputNames, outputs.map(({ name }) => name));
    tf.tidy(() => {
      const given = inputs.map(({ shape, values }) => tf.tensor([...values], [...shape]));
      [model.predict(given)].flat().forEach((found, i) => {
        const { name, values, shape } = outputs[i]!;
        this.#equal(`${what}: shape of "${name}"`, (found as tf.Tensor).shape, shape);
        const numbers = (found as tf.Tensor).dataSync();
        const off = Math.max(...values.map((value, j) => Math.abs(value - numbers[j]!)));
        this.compared += values.length;
        this.worst = Math.max(this.worst, off);
        if (!(off <= this.#expected.tolerance)) this.fault(`${what}: "${name}" is off by ${off}`);
      });
    });
    model.dispose();
  }

  /** The same sets of layers are decided as one; all others stay as they are. */
  #groups(blueprint: Blueprint): void {
    const makers = new Map(blueprint.nodes.filter(isMaker).map((node) => [node.id, node]));
    const labelIn = (some: LayerChannels) => labelOf(makers.get(layerOf(some))!);
    const sliceIn = (some: LayerChannels) =>
      channelsName({
        ...sliceOf(some, makers.get(layerOf(some))!.channels),
        layer: labelIn(some),
      });
    const nameOf = (members: Iterable<string>) => [...new Set(members)].sort().join(" + ");
    const groups = widthGroups(blueprint, { residual: "tie" });
    const wanted = this.#expected.groups.map(({ channels: count, members }) =>
      nameOf(members.map(({ layer, from }) => channelsName({ layer, from, count })))
    );
    this.#equal("groups", groups.map((group) => nameOf(group.map(sliceIn))).sort(), wanted.sort());
    // A layer of which some channels stay is told by the groups of the others.
    const whole = (some: LayerChannels) => typeof some === "string";
    const decided = new Set(groups.flat().filter(whole).map(labelIn));
    const stays = fixedWidths(blueprint, { residual: "tie" }).map(({ node }) => node).filter(whole);
    const frozen = new Set(this.#expected.frozen.map(({ layer }) => layer));
    this.#equal("frozen", stays.map(labelIn).filter((layer) => !frozen.has(layer)), []);
    this.#equal("decided though frozen", [...frozen].filter((layer) => decided.has(layer)), []);
  }

  /** Decisions and choices that keep what is to be kept. */
  #choices(blueprint: Blueprint) {
    const { groups, pruned } = this.#expected;
    const keptOf = ({ id, channels }: ExpectedGroup): readonly number[] =>
      pruned.kept[id] ?? Array.from({ length: channels }, (_, i) => i);
    const makers = Map.groupBy(blueprint.nodes.filter(isMaker), labelOf);
    const named = groups.map((group) => ({
      group,
      nodes: group.members.flatMap(({ layer, from }) =>
        makers.get(layer)!.map(({ id, channels }): LayerChannels => {
          const { channels: count } = group;
          return count === channels ? id : { layer: id, from, count };
        })
      ),
    }));
    return {
      decisions: named.map(({ group: { id, channels }, nodes }): Decision => ({
        id,
        space: "expected",
        candidates: [channels],
        effect: { kind: "channels", nodes },
      })),
      choices: Object.fromEntries(groups.map((group) => [group.id, keptOf(group).length])),
      kept: Object.fromEntries(
        named.flatMap(({ group, nodes }) =>
          nodes.map((some) => [channelsName(some), keptOf(group)])
        ),
      ),
    };
  }
}
