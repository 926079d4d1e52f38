import { createPruner, inMemory, resnet, tas } from "@espalier/espalier";
import { imageFolder, IMAGENET } from "@espalier/images";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { withTree } from "../images/testing.ts";

/** Wide images whose brighter half is the class. */
const tree = Object.fromEntries(
  ["train", "val"].flatMap((split) =>
    ["left", "right"].flatMap((name) =>
      Array.from({ length: 6 }, (_, i) => {
        const isBright = (x: number) => (x < 10) === (name === "left");
        const colour = (_: number, x: number) => [isBright(x) ? 200 + i : 20 + i, 60, 10 * (i % 4)];
        return [`${split}/${name}/${i}.png`, { width: 20, height: 12, colour }] as const;
      })
    )
  ),
);

Deno.test("a folder is pruned by the paper's recipe for ImageNet, with its random parts", async () => {
  await tf.setBackend("cpu");
  await withTree(tree, async (directory) => {
    const { augment } = IMAGENET;
    const folder = await imageFolder({ directory, shape: [8, 8, 3], shortSide: 9, augment });
    const data = await inMemory(folder);
    assertEquals(data.fingerprint, folder.fingerprint);
    assertEquals([data.train.images.length, data.test.images.length], [12 * 192, 12 * 192]);
    await using pruner = createPruner({
      network: resnet({ depth: 8, classes: 2, size: 8 }),
      data,
      budget: { cost: "macs", target: 0.6 },
      plugins: tas({ recipe: "paper-imagenet", epochs: { pretrain: 1, search: 1, train: 1 } }),
    });
    const { report, architecture } = await pruner.run({ seed: 1 }).result;
    assert(Object.keys(architecture.choices).length > 0);
    assert(report.rows.every(({ loss }) => Number.isFinite(loss)));
  });
});
