/**
 * A blueprint as a network, and the choice of the way that each of its passes takes: the executor where
 * it can run the pass, else the tape; shared with other ranks where that pays.
 *
 * @module
 */
import { inputsOf, layerParts, outputsOf } from "@espalier/blueprint";
import type {
  Aggregator,
  Blueprint,
  Decision,
  Network,
  NodeId,
  Outputs,
  Random,
  Weights,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { Executor } from "./executor/execute.ts";
import { LinearMatrices, widthsThatMeet } from "./linear_matrices.ts";
import { builtLayer } from "./opaque_layer.ts";
import { initialWeights, isOpaqueMatrix, parameterSpecs } from "./parameters.ts";
import { planExits, planNodes } from "./plan.ts";
import { probeAggregator } from "./probe_aggregator.ts";
import { Leader } from "./ranks/leader.ts";
import { VariableStore } from "./store.ts";
import { runOnTape, type TapedNetwork, type TapeOptions } from "./tape.ts";

/** What `compile` needs besides the blueprint. */
export interface CompileOptions {
  /** Source of the first weights, and of what dropout drops. */
  readonly random: Random;
  /** First weights by name; absent ones are drawn. */
  readonly weights?: Weights | undefined;
  /** For a supernet: what is decided. */
  readonly decisions?: readonly Decision[];
  /** For a supernet: how candidates are aligned. */
  readonly aggregator?: Aggregator;
  /**
   * Whether a linear aggregator is fused into one matrix a convolution. False is the reference, which
   * takes one candidate after the other on the tape.
   *
   * @default {true}
   */
  readonly fused?: boolean;
}

/**
 * Make a network of a blueprint: a plain one, or with decisions the supernet that holds all their
 * candidates in shared kernels.
 *
 * @param blueprint The network, unpruned or derived.
 * @param options First weights; decisions and aggregator of a supernet.
 * @returns The network, with fresh weights where none are given; dispose it.
 * @throws {EspalierError} ERR_SERVICE_MISSING for decisions without an aggregator; as `write` does.
 */
export function compile(blueprint: Blueprint, options: CompileOptions): Network {
  return new CompiledNetwork(blueprint, options);
}

/** A network of a blueprint, as {@linkcode compile} makes it. */
export class CompiledNetwork implements Network {
  readonly blueprint: Blueprint;
  readonly decisions: readonly Decision[];
  readonly #network: TapedNetwork;
  /** Absent on the reference path. */
  readonly #leader: Leader | undefined;
  /** Absent where it cannot run the network, and on the reference path. */
  readonly executor: Executor | undefined;
  readonly #refusal: string | undefined;

  /**
   * Make the network.
   *
   * @param blueprint The network.
   * @param options First weights; decisions and aggregator of a supernet.
   */
  constructor(blueprint: Blueprint, options: CompileOptions) {
    const { random, weights = {}, decisions = [], aggregator, fused = true } = options;
    this.blueprint = blueprint;
    this.decisions = decisions;
    const exits = planExits(blueprint, decisions);
    const matrices = fused && aggregator?.matrix && decisions.length > 0
      ? new LinearMatrices({
        blueprint,
        decisions,
        matrix: aggregator.matrix.bind(aggregator),
      })
      : undefined;
    if (aggregator !== undefined && matrices === undefined) {
      probeAggregator(aggregator, widthsThatMeet(blueprint, decisions));
    }
    const layout = {
      plans: planNodes(blueprint, decisions),
      exits,
      widths: layerParts(blueprint, decisions),
    };
    const specs = parameterSpecs(blueprint, decisions);
    const layers = opaqueLayers(blueprint);
    const given = [...layers].flatMap(([id, { weights }]) =>
      weights.map((weight, i) => [`${id}/${i}`, weight.read() as tf.Variable] as const)
    );
    const drawn = specs.filter(({ name, shape }) => `${weights[name]?.shape}` !== `${shape}`);
    const first = { ...weights, ...initialWeights(drawn, random) };
    const store = new VariableStore(specs, first, new Map(given));
    // TensorFlow.js draws them anew each time, of no seed; vectors begin as their layer has it.
    const opaque = drawn.filter(isOpaqueMatrix).map(({ name }) => [name, first[name]!] as const);
    try {
      store.write({ ...Object.fromEntries(opaque), ...weights });
    } catch (error) {
      store[Symbol.dispose]();
      throw error;
    }
    this.#network = { ...layout, blueprint, aggregator, matrices, store, random, layers };
    this.#refusal = fused ? refusalOf(this.#network) : "it is the reference";
    if (!fused) return;
    if (canBeShared(blueprint)) {
      this.#leader = new Leader({ blueprint, decisions, matrices, store, random });
    }
    if (this.#refusal !== undefined) return;
    this.executor = new Executor({
      ...this.#network,
      outputs: outputsOf(blueprint).map(({ node }) => node),
      ends: new Map(blueprint.stages.map(({ id, blocks }) => [id, blocks.at(-1)!.output])),
    });
  }

  get parameters(): ReadonlyMap<string, tf.Variable> {
    return this.#network.store.parameters;
  }

  get statistics(): ReadonlyMap<string, tf.Variable> {
    return this.#network.store.statistics;
  }

  read(): Promise<Weights> {
    return this.#network.store.read();
  }

  write(weights: Weights): void {
    this.#network.store.write(weights);
  }

  [Symbol.dispose](): void {
    this.#leader?.[Symbol.dispose]();
    this.executor?.[Symbol.dispose]();
    this.#network.store[Symbol.dispose]();
    this.#network.matrices?.[Symbol.dispose]();
  }

  /** Why the tape runs a pass; undefined: the executor does. */
  onTape(options: TapeOptions): string | undefined {
    if (this.executor === undefined) return this.#refusal;
    return options.ranks ? "the batch is shared on the tape" : this.executor.declines(options);
  }

  forward(images: tf.Tensor4D | readonly tf.Tensor4D[], options: TapeOptions): Outputs {
    const executor = this.onTape(options) === undefined ? this.executor : undefined;
    const share = options.ranks || !(images instanceof tf.Tensor)
      ? undefined
      : this.#leader?.share(images, { ...options, executed: executor !== undefined });
    if (executor !== undefined) {
      const own = share?.images ?? images;
      const entering = own instanceof tf.Tensor ? [own] : own;
      return executor.forward(entering, { ...options, ranks: share?.ranks.host });
    }
    if (share === undefined) return runOnTape(this.#network, images, options);
    const shared = { ...options, ranks: share.ranks };
    const { logits } = runOnTape(this.#network, share.images, shared);
    return { logits: share.ranks.gather(logits) as tf.Tensor2D, features: new Map() };
  }
}

/** Why no pass of a network goes through the executor; undefined: there is no such reason. */
function refusalOf({ widths, exits, matrices }: TapedNetwork): string | undefined {
  const isSearched = widths.size + exits.length > 0;
  return isSearched && matrices === undefined ? "its aggregator is not linear" : undefined;
}

/** The layers that TensorFlow.js runs, by node. */
function opaqueLayers({ nodes }: Blueprint): ReadonlyMap<NodeId, tf.layers.Layer> {
  return new Map(
    nodes.flatMap((node) =>
      node.op === "opaque" && node.sharesWeightsOf === undefined
        ? [[node.id, builtLayer(node, node.id)] as const]
        : []
    ),
  );
}

/** One input, one output, no layer that is opaque or called twice: what ranks can share. */
function canBeShared(blueprint: Blueprint): boolean {
  return blueprint.nodes.every(({ op, sharesWeightsOf }) =>
    op !== "opaque" && sharesWeightsOf === undefined
  ) &&
    inputsOf(blueprint).length === 1 && outputsOf(blueprint).length === 1;
}
