import {
  definePlugin,
  type HostTensor,
  type Phase,
  type PlacedPhase,
  type PluginFactory,
} from "@espalier/core";
import type { HasTeacher } from "@espalier/pruning";
import { compile } from "@espalier/supernet";
import { channelStatistics, createBatches, evaluate } from "@espalier/training";
import * as z from "zod";

/** Told after each layer. */
export interface LayerEvent {
  /** Discriminant. */
  readonly type: "sensitivity/layer";
  /** The convolution. */
  readonly layer: string;
  /** Accuracy on training images without its weakest filters, 0 to 1. */
  readonly accuracy: number;
}

/** What the phase makes. */
export interface HasSensitivity {
  /** Accuracy without the weakest filters, by convolution. */
  readonly sensitivity: Readonly<Record<string, number>>;
}

/** Options of {@linkcode sensitivity}. */
export interface SensitivityOptions {
  /** Share of the filters that is left out. */
  readonly share?: number | undefined;
}

const schema = z.strictObject({
  share: z.number().min(0).max(1).default(0.5).describe("Share of the filters that is left out"),
});

/** A kernel whose filters of smallest L1 norm are zeros. */
function weakened({ shape, values }: HostTensor, share: number): HostTensor {
  const filters = shape.at(-1)!;
  const norms = Array.from({ length: filters }, () => 0);
  values.forEach((value, i) => norms[i % filters]! += Math.abs(value));
  const order = norms.map((_, filter) => filter).sort((a, b) => norms[a]! - norms[b]!);
  const weakest = new Set(order.slice(0, Math.round(share * filters)));
  return { shape, values: values.map((value, i) => weakest.has(i % filters) ? 0 : value) };
}

function phase(options: z.output<typeof schema>): Phase<HasTeacher, HasSensitivity, LayerEvent> {
  return {
    name: "sensitivity",
    version: "1",
    options,
    uses: [],
    makes: ["sensitivity"],
    async run({ dataset, random, signal, emit }, { teacher: { blueprint, weights } }) {
      const { train, shape, classes } = dataset;
      const statistics = await channelStatistics(train, shape);
      using network = compile(blueprint, { random });
      const sensitivity: Record<string, number> = {};
      for (const { id: layer, op } of blueprint.nodes) {
        if (op !== "conv") continue;
        const kernel = `${layer}/kernel`;
        network.write({ ...weights, [kernel]: weakened(weights[kernel]!, options.share) });
        const batches = createBatches({ split: train, shape, batchSize: 64, statistics });
        const { metrics } = await evaluate(network, { batches, shape, classes, signal });
        const accuracy = metrics.accuracy!.value;
        sensitivity[layer] = accuracy;
        emit({ type: "sensitivity/layer", layer, accuracy });
      }
      return { sensitivity };
    },
  };
}

/** Brings a phase that measures how much each convolution matters, after the unpruned training. */
export const sensitivity: PluginFactory<SensitivityOptions, LayerEvent, HasSensitivity> =
  definePlugin({
    name: "acme-sensitivity",
    version: "1",
    contracts: "^1",
    provides: [],
    options: schema,
    phases: (options): PlacedPhase<HasSensitivity, LayerEvent>[] => [
      { phase: phase(options), after: "pretrain" },
    ],
    setup() {},
  });
