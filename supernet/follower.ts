import { inputOf } from "@espalier/blueprint";
import { createRandom, type Mixtures } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { CompiledNetwork } from "./compile.ts";
import { linearAggregator } from "./linear_matrices.ts";
import { forgetTape } from "./ops/custom_op.ts";
import { Exchange, type Waiting } from "./ranks/exchange.ts";
import { HostRanks } from "./ranks/host_ranks.ts";
import { RankPass } from "./ranks/rank_pass.ts";
import type { OpenMessage, PassMessage, RankMessage } from "./ranks/rank_pool.ts";
import { slotsOf } from "./ranks/slots.ts";

/** Thrown out of a pass that the first rank has left behind. */
const LEFT = new Error("the first rank gave this pass up");

/** Replica of one network on a rank that follows. */
class Replica implements Disposable {
  readonly #network: CompiledNetwork;
  readonly #exchange: Exchange;
  readonly #rank: number;
  readonly #known = new Map<string, number>();

  constructor(message: OpenMessage, { rank, ranks }: RankPlace) {
    const { blueprint, decisions, seed, room, memory, matrices } = message;
    this.#rank = rank;
    this.#exchange = new Exchange(slotsOf(blueprint, { decisions, room }), { ranks, memory });
    this.#network = new CompiledNetwork(blueprint, {
      random: createRandom(seed),
      decisions,
      aggregator: linearAggregator(matrices),
    });
  }

  [Symbol.dispose](): void {
    this.#network[Symbol.dispose]();
  }

  follow(message: PassMessage): void {
    const { pass, shares } = message;
    const exchange = this.#exchange, rank = this.#rank;
    const watch = () => {
      if (!exchange.isCurrent(pass)) throw LEFT;
    };
    const { executor } = this.#network;
    try {
      watch();
      if (message.executed && executor !== undefined) {
        const ranks = new HostRanks(exchange, { rank, pass, watch, shares });
        executor.follow(this.#images(ranks, { pass, watch }), {
          ...message.options,
          ranks,
          mixtures: new Map(message.mixtures),
          weights: (name) => exchange.read(name, 0),
        });
      } else this.#followOnTape(message, watch);
      exchange.give("end", new Float32Array(0), { rank, pass });
    } catch (error) {
      if (error !== LEFT) throw error;
      executor?.[Symbol.dispose]();
      forgetTape();
    }
  }

  #followOnTape(message: PassMessage, watch: () => void): void {
    const { pass, shares } = message;
    const exchange = this.#exchange, rank = this.#rank;
    const root = tf.tidy(() => tf.variable(tf.scalar(0)));
    try {
      tf.tidy(() => {
        const ranks = new RankPass(exchange, { rank, pass, watch, root, shares });
        const { own } = ranks.share;
        const { shape } = inputOf(this.#network.blueprint);
        const images = tf.tensor<tf.Rank.R4>(
          this.#images(ranks, { pass, watch }),
          [own, ...shape],
        );
        this.#readWeights();
        const mixtures = mixturesOf(message);
        const run = () =>
          ranks.gather(
            this.#network.forward(images, { ...message.options, mixtures, ranks }).logits,
          ) as tf.Scalar;
        // A frozen network without mixtures has no gradient that anyone could ask for.
        const isConstant = message.options.frozen === true && mixtures.size === 0;
        if (message.gradient && !isConstant) tf.variableGrads(run, [root]);
        else run();
      });
    } finally {
      root.dispose();
    }
  }

  #readWeights(): void {
    for (const [name, variable] of [...this.#network.parameters, ...this.#network.statistics]) {
      const pass = this.#exchange.passOf(name, 0); // first: what changes behind it is read again
      if (pass === this.#known.get(name)) continue;
      variable.assign(tf.tensor(this.#exchange.read(name, 0).slice(), variable.shape));
      this.#known.set(name, pass);
    }
  }

  /** Waits for them: the first rank gives them last. */
  #images({ share: { first, own } }: Pick<HostRanks, "share">, waiting: Waiting): Float32Array {
    const { shape } = inputOf(this.#network.blueprint);
    const size = tf.util.sizeFromShape([...shape]);
    const values = this.#exchange.take("images", 0, waiting)!;
    return values.slice(first * size, (first + own) * size);
  }
}

function mixturesOf({ mixtures }: PassMessage): Mixtures {
  return new Map(
    mixtures.map(([id, { indices, weights }]) => [id, { indices, weights: tf.tensor1d(weights) }]),
  );
}

/** Which rank this is, of how many. */
export interface RankPlace {
  /** From 1: the first rank, 0, follows no one. */
  readonly rank: number;
  /** Number of ranks, the first included. */
  readonly ranks: number;
}

/**
 * Hold replicas of the first rank's networks, and follow its passes.
 *
 * @param place Which rank this is.
 * @returns Takes a message; blocks until its pass is over. What it throws has to end the rank.
 */
export function followRanks(place: RankPlace): (message: RankMessage) => void {
  const replicas = new Map<number, Replica>();
  return (message) => {
    const replica = replicas.get(message.network);
    if (message.kind === "pass") return replica?.follow(message);
    replica?.[Symbol.dispose]();
    replicas.delete(message.network);
    if (message.kind === "open") replicas.set(message.network, new Replica(message, place));
  };
}
