import {
  type Aggregator,
  type Blueprint,
  type Decision,
  EspalierError,
  type ForwardOptions,
  type Mixture,
  type Network,
  type NodeId,
  type Outputs,
  type Random,
  type Weights,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { evaluateNode, type Mix } from "./evaluate_node.ts";
import { Executor } from "./executor/execute.ts";
import { writeProgram } from "./executor/program.ts";
import { lastReads } from "./last_reads.ts";
import { MatrixCache } from "./matrix_cache.ts";
import { mixExits } from "./mix_exits.ts";
import { initialWeights, parameterSpecs, widthDecisions } from "./parameters.ts";
import {
  exitOutputs,
  type ExitPlan,
  type NodePlan,
  nodesBehind,
  planExits,
  planNodes,
} from "./plan.ts";
import { Leader } from "./ranks/leader.ts";
import type { RankPass } from "./ranks/rank_pass.ts";
import { VariableStore } from "./store.ts";
import { type Pass, shareParameters } from "./tape_pass.ts";

/** What `compile` needs besides the blueprint. */
export interface CompileOptions {
  /** Source of the first weights. */
  readonly random: Random;
  /** For a supernet: what is decided. */
  readonly decisions?: readonly Decision[];
  /** For a supernet: how candidates are aligned. */
  readonly aggregator?: Aggregator;
  /**
   * Whether a linear aggregator is fused into one matrix a convolution. False is the reference
   * path, which any aggregator can take.
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
 * @returns The network, with fresh weights; dispose it.
 * @throws {EspalierError} ERR_SERVICE_MISSING for decisions without an aggregator.
 */
export function compile(blueprint: Blueprint, options: CompileOptions): Network {
  return new CompiledNetwork(blueprint, options);
}

/** Settings of a pass whose batch may be shared with other ranks. */
export interface SharedForwardOptions extends ForwardOptions {
  /** The other ranks. */
  readonly ranks?: RankPass;
}

/** A network of a blueprint, as {@linkcode compile} makes it. */
export class CompiledNetwork implements Network {
  readonly blueprint: Blueprint;
  readonly decisions: readonly Decision[];
  readonly #store: VariableStore;
  readonly #exits: readonly ExitPlan[];
  readonly #plans: readonly NodePlan[];
  readonly #widths: ReadonlyMap<NodeId, Decision>;
  readonly #aggregator: Aggregator | undefined;
  readonly #matrices: MatrixCache | undefined;
  readonly #fused: boolean;
  /** Absent where the generic path is taken, which is the reference. */
  readonly #leader: Leader | undefined;
  /** Absent where it cannot run the network, and on the reference path. */
  readonly executor: Executor | undefined;

  /**
   * Make the network.
   *
   * @param blueprint The network.
   * @param options First weights; decisions and aggregator of a supernet.
   */
  constructor(blueprint: Blueprint, options: CompileOptions) {
    const { random, decisions = [], aggregator, fused = true } = options;
    this.blueprint = blueprint;
    this.decisions = decisions;
    this.#aggregator = aggregator;
    this.#fused = fused;
    this.#widths = widthDecisions(decisions);
    this.#exits = planExits(blueprint, decisions);
    this.#plans = planNodes(blueprint, this.#exits);
    const specs = parameterSpecs(blueprint, decisions);
    this.#store = new VariableStore(specs, initialWeights(specs, random));
    this.#matrices = fused && aggregator?.matrix && this.#widths.size > 0
      ? new MatrixCache(
        aggregator.matrix.bind(aggregator),
        [...this.#widths.values()].map(({ candidates }) => candidates),
      )
      : undefined;
    if (!fused) return;
    this.#leader = new Leader({ blueprint, decisions, aggregator, store: this.#store });
    const isLinear = decisions.length === 0 || aggregator?.matrix !== undefined;
    const layout = { plans: this.#plans, exits: this.#exits, widths: this.#widths };
    const program = isLinear && writeProgram({ ...layout, output: blueprint.output });
    if (program) {
      this.executor = new Executor({ ...layout, program, aggregator, store: this.#store });
    }
  }

  get parameters(): ReadonlyMap<string, tf.Variable> {
    return this.#store.parameters;
  }

  get statistics(): ReadonlyMap<string, tf.Variable> {
    return this.#store.statistics;
  }

  read(): Promise<Weights> {
    return this.#store.read();
  }

  write(weights: Weights): void {
    this.#store.write(weights);
  }

  [Symbol.dispose](): void {
    this.#leader?.[Symbol.dispose]();
    this.executor?.[Symbol.dispose]();
    this.#store[Symbol.dispose]();
    this.#matrices?.[Symbol.dispose]();
  }

  forward(images: tf.Tensor4D, options: SharedForwardOptions): Outputs {
    const executor = options.ranks === undefined && this.executor?.takes(options)
      ? this.executor
      : undefined;
    const share = options.ranks ? undefined : this.#leader?.share(images, {
      ...options,
      executed: executor !== undefined,
    });
    if (executor !== undefined) {
      const own = { ...options, ranks: share?.ranks.host };
      return { logits: executor.forward(share?.images ?? images, own), features: new Map() };
    }
    if (share === undefined) return this.#run(images, options);
    const { logits } = this.#run(share.images, { ...options, ranks: share.ranks });
    return { logits: share.ranks.gather(logits) as tf.Tensor2D, features: new Map() };
  }

  #run(images: tf.Tensor4D, options: SharedForwardOptions): Outputs {
    const values = new Map<string, tf.Tensor>();
    const exits = this.#exits.map((exit) => ({ ...exit, mixture: mixtureOf(exit, options) }));
    const skipped = new Set(exits.flatMap((exit) => nodesBehind(exit, exit.mixture)));
    const plans = this.#plans.filter(({ node }) => !skipped.has(node.id));
    const isLast = lastReads(plans.flatMap(({ sources }) => sources));
    const kept = this.#keptNames(options);
    const bare: Pass = { ...options, store: this.#store };
    const parameters = shareParameters(bare, plans.map(({ node }) => node.id));
    const pass: Pass = { ...bare, parameters };
    for (const { node, sources, ...plan } of plans) {
      const inputs = node.op === "input" ? [images] : sources.map((name) => values.get(name)!);
      values.set(
        node.id,
        tf.tidy(() =>
          evaluateNode(pass, inputs, {
            plan: { node, sources, ...plan },
            mix: this.#mixOf(node.id, options),
          })
        ),
      );
      for (const name of sources) {
        if (isLast(name) && !kept.has(name)) values.get(name)!.dispose();
      }
      for (const exit of exits) {
        const outputs = exitOutputs(exit, exit.mixture);
        if (values.has(exit.stage.id) || !outputs.every((id) => values.has(id))) continue;
        const reached = outputs.map((id) => values.get(id)!);
        values.set(exit.stage.id, this.#leave(reached, { exit, ranks: options.ranks }));
      }
    }
    tf.dispose([...parameters.values()]);
    return {
      logits: values.get(this.blueprint.output) as tf.Tensor2D,
      features: new Map(options.taps?.map((name) => [name, this.#tap(values, name)])),
    };
  }

  #leave(
    outputs: readonly tf.Tensor[],
    { exit: { decision, mixture: { weights } }, ranks }: {
      readonly exit: ExitPlan & { readonly mixture: Mixture };
      readonly ranks: RankPass | undefined;
    },
  ): tf.Tensor {
    const aggregator = this.#aggregator ?? missingAggregator(this.blueprint);
    return tf.tidy(() => {
      const all = (ranks?.shared(decision.id, weights) ?? weights) as tf.Tensor1D;
      return mixExits(outputs, { weights: all, aggregator, fused: this.#fused });
    });
  }

  /** Values that are read after the last node. */
  #keptNames(options: ForwardOptions): ReadonlySet<string> {
    return new Set([
      this.blueprint.output,
      ...this.#exits.flatMap((exit) => exitOutputs(exit, mixtureOf(exit, options))),
      ...(options.taps ?? []).flatMap((name) => [name, this.#lastOutput(name) ?? name]),
    ]);
  }

  /** A node's value, or what leaves a stage. */
  #tap(values: ReadonlyMap<string, tf.Tensor>, name: string): tf.Tensor {
    return values.get(name) ?? values.get(this.#lastOutput(name) ?? "") ??
      missingTap(this.blueprint, name);
  }

  #lastOutput(stage: string): NodeId | undefined {
    return this.blueprint.stages.find(({ id }) => id === stage)?.blocks.at(-1)?.output;
  }

  #mixOf(node: NodeId, options: ForwardOptions): Mix | undefined {
    const decision = this.#widths.get(node);
    if (decision === undefined) return undefined;
    const mixture = mixtureOf({ decision }, options);
    return {
      mixture,
      channels: mixture.indices.map((i) => decision.candidates[i]!),
      aggregator: this.#aggregator ?? missingAggregator(this.blueprint),
      matrices: this.#matrices,
    };
  }
}

function mixtureOf(
  { decision }: { readonly decision: Decision },
  { mixtures }: ForwardOptions,
): Mixture {
  const mixture = mixtures?.get(decision.id);
  if (mixture !== undefined) return mixture;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot run a supernet as decision "${decision.id}" has no mixture: give one for each decision.`,
  );
}

function missingAggregator({ name }: Blueprint): never {
  throw new EspalierError(
    "ERR_SERVICE_MISSING",
    `Cannot run the supernet of "${name}" as no plugin provides an aggregator: install one.`,
  );
}

function missingTap({ name, nodes }: Blueprint, tap: string): never {
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot tap "${tap}" as network "${name}" has no such node or stage. Its nodes: ${
      nodes.slice(0, 6).map(({ id }) => id).join(", ")
    } …`,
  );
}
