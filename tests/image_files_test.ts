// Runs on images that stay files.
import { createPruner, inMemory, ofType, tas } from "@espalier/espalier";
import { imageFolder } from "@espalier/images";
import { toyNetwork } from "@espalier/testing";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { type Tree, withTree } from "../images/testing.ts";

await tf.setBackend("cpu");

const network = toyNetwork();
const [height, width] = [6, 6];
const FILES: Tree = Object.fromEntries(
  ["dark", "light"].flatMap((name, label) =>
    Array.from(
      { length: 10 },
      (_, i) =>
        [`${name}/${i}.png`, {
          width: 9,
          height: 8,
          colour: (_, x) => [20 + 120 * label + i + 10 * x, 0, 0],
        }] as const,
    )
  ),
);

Deno.test("a run reads files as it takes their pixels from memory, and cuts parts of them", () =>
  withTree(FILES, async (directory) => {
    const data = await imageFolder({ directory, shape: [height, width, 1] });
    const run = async (data: Parameters<typeof createPruner>[0]["data"]) => {
      await using pruner = createPruner({
        network,
        data,
        budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
        plugins: tas({ epochs: { pretrain: 1, search: 1, train: 1 } }),
      });
      const run = pruner.run({ seed: 1 });
      const losses: (number | undefined)[] = [];
      run.events$.pipe(ofType("search:epoch")).subscribe(({ loss }) => losses.push(loss));
      const { student } = await run.result;
      return { student, losses };
    };
    const before = tf.memory().numTensors;
    const files = await run(data);
    assertEquals(files, await run(await inMemory(data)));
    const resizedCrop = { area: [0.2, 0.5], ratio: [0.5, 2] } as const;
    const cut = await run({ ...data, augment: { pad: 0, flip: false, resizedCrop } });
    assert(cut.losses.every(Number.isFinite));
    assertNotEquals(cut.losses, files.losses);
    assertEquals(tf.memory().numTensors, before);
  }));
