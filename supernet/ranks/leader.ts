import {
  type Blueprint,
  type Decision,
  EspalierError,
  type ForwardOptions,
  type Random,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { engineServices } from "../engine_services.ts";
import type { LinearMatrices } from "../linear_matrices.ts";
import { activeTape, runCustomOp } from "../ops/custom_op.ts";
import type { VariableStore } from "../store.ts";
import { Exchange, SLEEP_MS } from "./exchange.ts";
import { RankPass, refuse } from "./rank_pass.ts";
import type { HostMixture, RankPool, RankTeam } from "./rank_pool.ts";
import { slotsOf } from "./slots.ts";
import { workBetweenSums } from "./work.ts";

/** A network as its leader sees it. */
export interface LedNetwork {
  /** What it is. */
  readonly blueprint: Blueprint;
  /** Its decisions. */
  readonly decisions: readonly Decision[];
  /** Its variables. */
  readonly store: VariableStore;
  /** Source of what dropout drops. */
  readonly random: Random;
  /** What aligns its candidates; a supernet without is not shared. */
  readonly matrices: LinearMatrices | undefined;
}

/** The first rank's part of a pass. */
export interface LedPass {
  /** Its images. */
  readonly images: tf.Tensor4D;
  /** What its operations need of the others. */
  readonly ranks: RankPass;
}

/** The last pass of any network: its ranks may still wait for its gradient. */
let last: { readonly exchange: Exchange; readonly tape: WeakRef<object> | undefined } | undefined;

/** Names networks in messages. */
let networks = 0;

/** Passes of all networks: a number is never used again. */
let passes = 0;

/** The replicas of a network on one team. */
interface Replicas {
  readonly team: RankTeam;
  readonly room: number;
  readonly exchange: Exchange;
  /** The data of each variable that the replicas have. */
  readonly sent: Map<string, object>;
}

/** Shares the passes of one network with the other ranks. */
export class Leader implements Disposable {
  readonly #network: LedNetwork;
  readonly #id = ++networks;
  #replicas: Replicas | undefined;
  readonly #work = new Map<boolean, number>();

  /** @param network The network. */
  constructor(network: LedNetwork) {
    this.#network = network;
  }

  /** Let the other ranks forget the network. */
  [Symbol.dispose](): void {
    if (this.#replicas === undefined) return;
    const { team, exchange } = this.#replicas;
    exchange.begin(++passes);
    team.post({ kind: "close", network: this.#id });
    this.#replicas = undefined;
    if (last?.exchange === exchange) last = undefined;
  }

  /**
   * Start a pass on all ranks, where that is possible and pays.
   *
   * A tape takes one shared pass: its ranks wait for the gradient.
   *
   * @param images The whole batch.
   * @param options The pass, and whether the executor runs it.
   * @returns This rank's part; undefined: the pass is this rank's alone.
   */
  share(
    images: tf.Tensor4D,
    { executed, ...options }: ForwardOptions & { readonly executed: boolean },
  ): LedPass | undefined {
    const pool = engineServices().ranks;
    const tape = activeTape();
    const count = images.shape[0];
    const isOne = pool === undefined ||
      !this.#pays(pool, { images: count, training: options.training }) ||
      (options.taps?.length ?? 0) > 0 ||
      (tape !== undefined && (!options.training || tape === last?.tape?.deref()));
    if (isOne || !this.#isShareable()) return undefined;
    const replicas = this.#open(pool, count);
    const pass = this.#begin(replicas, tape);
    const shares = sharesOf(count, pool.size);
    const gradient = tape !== undefined;
    this.#send({ replicas, pass, shares, images, options, gradient, executed });
    const watch = watchOf(replicas, { pool, pass });
    return {
      images: firstImages(images, shares[0]!),
      ranks: new RankPass(replicas.exchange, { rank: 0, pass, shares, watch }),
    };
  }

  #pays(
    { size, minimumWork }: RankPool,
    { images, training }: { readonly images: number; readonly training: boolean },
  ): boolean {
    const known = this.#work.get(training);
    const work = known ?? workBetweenSums(this.#network.blueprint, { training });
    this.#work.set(training, work);
    return images >= size && images / size * work >= minimumWork;
  }

  #isShareable(): boolean {
    const { decisions, matrices } = this.#network;
    return decisions.length === 0 || matrices !== undefined;
  }

  /** The replicas, with room for so many images. */
  #open(pool: RankPool, images: number): Replicas {
    const team = pool.team();
    if (this.#replicas?.team === team && images <= this.#replicas.room) return this.#replicas;
    const { blueprint, decisions, matrices, random } = this.#network;
    const exchange = new Exchange(slotsOf(blueprint, { decisions, room: images }), {
      ranks: pool.size,
    });
    this.#replicas?.exchange.begin(++passes);
    this.#replicas = { team, room: images, exchange, sent: new Map() };
    team.post({
      ...{ kind: "open", network: this.#id, blueprint, decisions, room: images },
      seed: random.seed,
      ...{ matrices: matrices?.onHost ?? new Map(), memory: exchange.memory },
    });
    return this.#replicas;
  }

  /** Leave the last pass, whichever network's it was: ranks that wait for its gradient go on. */
  #begin({ exchange }: Replicas, tape: object | undefined): number {
    const pass = ++passes;
    if (last?.exchange !== exchange) last?.exchange.begin(pass);
    last = { exchange, tape: tape && new WeakRef(tape) };
    exchange.begin(pass);
    return pass;
  }

  #send(
    { replicas: { team, exchange, sent }, images, options, ...rest }: {
      readonly replicas: Replicas;
      readonly pass: number;
      readonly shares: readonly number[];
      readonly images: tf.Tensor4D;
      readonly options: ForwardOptions;
      readonly gradient: boolean;
      readonly executed: boolean;
    },
  ): void {
    const { pass } = rest;
    const { training, frozen = false, step = 0 } = options;
    team.post({
      ...{ kind: "pass", network: this.#id, ...rest },
      options: { training, frozen, step },
      mixtures: [...options.mixtures ?? []].map(([id, { indices, weights }]) => {
        const host: HostMixture = { indices, weights: weights.dataSync() as Float32Array };
        return [id, host] as const;
      }),
    });
    const { parameters, statistics } = this.#network.store;
    for (const [name, variable] of [...parameters, ...statistics]) {
      if (sent.get(name) === variable.dataId) continue;
      sent.set(name, variable.dataId);
      exchange.give(name, variable.dataSync() as Float32Array, { rank: 0, pass });
    }
    // Last: its ranks wait for the images.
    exchange.give("images", images.dataSync() as Float32Array, { rank: 0, pass });
  }
}

/** As even as can be, larger ones last: the first rank has more to do than the others. */
function sharesOf(images: number, ranks: number): readonly number[] {
  return Array.from(
    { length: ranks },
    (_, r) => Math.floor((r + 1) * images / ranks) - Math.floor(r * images / ranks),
  );
}

function firstImages(images: tf.Tensor4D, count: number): tf.Tensor4D {
  return runCustomOp({
    forward: ([images]) => tf.slice(images!, [0, 0, 0, 0], [count, -1, -1, -1]),
    backward: () => refuse("images"),
  }, [images]) as tf.Tensor4D;
}

/** Ends the waiting for a rank that failed, that will not give what is asked for, or is silent. */
function watchOf(
  { team, exchange }: Replicas,
  { pool: { size, patience }, pass }: { readonly pool: RankPool; readonly pass: number },
): (sleeps: number) => void {
  const ranks = Array.from({ length: size - 1 }, (_, i) => i + 1);
  const lost = (state: string, cause?: string): never => {
    team.end();
    throw new EspalierError(
      "ERR_WORKER_LOST",
      `Cannot go on as all ranks of a batch must live: ${state}. ` +
        "Run again, with a smaller batch or { ranks: 1 }.",
      cause === undefined ? {} : { cause: new Error(cause) },
    );
  };
  return (sleeps) => {
    const failure = team.failure();
    if (failure !== undefined) lost(failure, failure);
    if (sleeps * SLEEP_MS >= patience) lost(`one was silent for ${patience / 1000} s`);
    if (sleeps > 1 && ranks.every((rank) => exchange.passOf("end", rank) === pass)) {
      refuse("a norm before the first mixture of a frozen pass");
    }
  };
}
