/** A toy network, data and plugins, for the tests of this folder: no training, no algorithm. */
import * as z from "zod";
import type { Blueprint } from "./contracts/blueprint.ts";
import { type CostModel, CostModelToken } from "./contracts/cost_model.ts";
import type { Dataset } from "./contracts/dataset.ts";
import type { Decision } from "./contracts/decision.ts";
import { type SearchSpace, SearchSpaceToken } from "./contracts/search_space.ts";
import type { PluginEvent } from "./events.ts";
import { noOptions } from "./plugin/no_options.ts";
import { definePlugin, type Plugin, type PluginContext } from "./plugin/plugin.ts";
import type { Token } from "./plugin/token.ts";

/** One convolution of 4 channels, and a classifier of 2 classes. */
export const TOY: Blueprint = {
  name: "toy",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [4, 4, 1] },
    {
      id: "stem",
      op: "conv",
      inputs: ["images"],
      channels: 4,
      kernel: [3, 3],
      strides: [1, 1],
      padding: [1, 1, 1, 1],
      dilation: [1, 1],
      bias: false,
      norm: { epsilon: 1e-5, momentum: 0.9 },
    },
    { id: "pool", op: "global-pool", inputs: ["stem"] },
    { id: "classifier", op: "dense", inputs: ["pool"], channels: 2, bias: true },
  ],
  stages: [],
  output: "classifier",
};

/** Four images a split. */
export const DATA: Dataset = {
  name: "toy-data",
  fingerprint: "toy-data-1",
  classes: 2,
  shape: [4, 4, 1],
  train: split(1),
  test: split(2),
};

function split(seed: number): Dataset["train"] {
  const images = Uint8Array.from({ length: 4 * 16 }, (_, i) => (i * 37 * seed) % 256);
  return { images, labels: Uint8Array.from([0, 1, 0, 1]) };
}

/** The width of the stem. */
export const STEM: Decision = {
  id: "stem",
  space: "stem",
  candidates: [1, 2, 3, 4],
  effect: { kind: "channels", nodes: ["stem"] },
};

/** Asks about the stem. */
export const stemSpace = definePlugin({
  name: "stem-space",
  version: "1",
  provides: [SearchSpaceToken],
  options: noOptions,
  setup(context) {
    const space: SearchSpace = { name: "stem", decisions: () => [STEM] };
    context.provide(SearchSpaceToken, () => space);
  },
});

/** Every output channel of a convolution costs `price`. */
export const channelCost = definePlugin({
  name: "channel-cost",
  version: "1",
  provides: [CostModelToken],
  options: z.strictObject({ price: z.number().positive().default(1) }),
  setup(context, { price }) {
    const model: CostModel = {
      name: "channels",
      unit: "channels",
      cost: ({ node, output }) => node.op === "conv" ? price * output.channels : 0,
    };
    context.provide(CostModelToken, () => model);
  },
});

/** A plugin of one setup function. */
export function plugin<E extends PluginEvent>(
  setup: (context: PluginContext<E>) => void,
  declared: {
    readonly name?: string;
    readonly version?: string;
    readonly provides?: readonly Token<unknown>[];
    readonly requires?: readonly Token<unknown>[];
    readonly uses?: readonly Token<unknown>[];
  } = {},
): Plugin<E> {
  const base = { name: "p", version: "1", provides: [], options: noOptions };
  return definePlugin<object, object, E>({ ...base, ...declared, setup })();
}

/** Run with a folder that is gone afterwards. */
export async function withFolder(fn: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir();
  try {
    await fn(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

/** Another process that holds the lock on a file until it is killed. */
export async function holding(path: string) {
  const code = `
    import { tryLock } from ${JSON.stringify(import.meta.resolve("./files/lock.ts"))};
    import { thisOwner } from ${JSON.stringify(import.meta.resolve("./files/lock_owner.ts"))};
    const lock = await tryLock(${JSON.stringify(path)});
    await lock.write(new TextEncoder().encode(JSON.stringify(await thisOwner())));
    console.log("held");
    setInterval(() => {}, 1000);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  async function kill(): Promise<void> {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await reader.cancel();
    await child.status;
  }
  return { pid: child.pid, kill, [Symbol.asyncDispose]: kill };
}
