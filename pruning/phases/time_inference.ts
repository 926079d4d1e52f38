import { inputsOf } from "@espalier/blueprint";
import { createRandom, type TrainedNetwork } from "@espalier/core";
import { compile, toLayersModel } from "@espalier/supernet";
import { nextTurn } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { InferenceTime } from "../report.ts";

/** Images of a pass. */
const BATCHES = [1, 32];
/** Rounds in which everything is passed once: as many as take so long, within these bounds. */
const ROUNDS = { least: 5, most: 31, ms: 3000 };

/** One thing that is timed. */
interface Timed {
  readonly time: Pick<InferenceTime, "runs" | "batch">;
  readonly passes: number[];
  /** One pass, whose outputs are read. */
  pass(): Promise<void>;
}

/**
 * Inference times: of the compiled network and of the exported model, an image alone and in a batch.
 * All of them are passed in turn, in rounds of changing order after one round of warm-up, so that what
 * else the machine does reaches all alike.
 *
 * @param networks The networks.
 * @param options Stops the rounds.
 * @returns Times by network, in its order.
 */
export async function timeInference(
  networks: readonly TrainedNetwork[],
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly (readonly InferenceTime[])[]> {
  using owned = new DisposableStack();
  const subjects = networks.map((network) => timedOf(network, owned));
  const all = subjects.flat();
  for (const { pass } of all) await pass();
  const start = performance.now();
  for (let round = 0; round < ROUNDS.most; round++) {
    if (round >= ROUNDS.least && performance.now() - start > ROUNDS.ms) break;
    const first = round % all.length;
    for (const { pass, passes } of [...all.slice(first), ...all.slice(0, first)]) {
      const begin = performance.now();
      await pass();
      passes.push(performance.now() - begin);
    }
    await nextTurn();
    signal.throwIfAborted();
  }
  return subjects.map((own) =>
    own.map(({ time, passes }) => ({ ...time, ...quartiles(passes.map((ms) => ms / time.batch)) }))
  );
}

function timedOf(trained: TrainedNetwork, owned: DisposableStack): readonly Timed[] {
  const network = owned.use(
    compile(trained.blueprint, { random: createRandom(0), weights: trained.weights }),
  );
  const exported = owned.adopt(
    toLayersModel(trained.blueprint, trained.weights),
    (model) => model.dispose(),
  );
  const forward = (inputs: tf.Tensor4D[]) => {
    const x = inputs.length > 1 ? inputs : inputs[0]!;
    return network.forward(x, { training: false }).logits;
  };
  const predict = (inputs: tf.Tensor[]) => {
    // Vectors have two axes there.
    const own = inputs.map((x, i) =>
      x.reshape([x.shape[0]!, ...exported.inputs[i]!.shape.slice(1) as number[]])
    );
    return [exported.predict(own.length > 1 ? own : own[0]!)].flat()[0]!;
  };
  return BATCHES.flatMap((batch) => {
    const inputs = inputsOf(trained.blueprint).map(({ shape }) =>
      owned.adopt(tf.zeros<tf.Rank.R4>([batch, ...shape]), (x) => x.dispose())
    );
    const timed = (
      runs: InferenceTime["runs"],
      run: (inputs: tf.Tensor4D[]) => tf.Tensor,
    ): Timed => ({
      time: { runs, batch },
      passes: [],
      pass: async () => {
        const output = tf.tidy(() => run(inputs));
        await output.data();
        output.dispose();
      },
    });
    return [timed("network", forward), timed("exported", predict)];
  });
}

/**
 * Median and quartiles: between two values they are interpolated.
 *
 * @param values At least one.
 */
export function quartiles(
  values: readonly number[],
): Pick<InferenceTime, "lower" | "median" | "upper"> {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1), below = Math.floor(place);
    const [a, b] = [sorted[below]!, sorted[Math.ceil(place)]!];
    return a + (place - below) * (b - a);
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75) };
}
