import { useEngine } from "@espalier/engines";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { checkModel } from "./models/check_model.ts";

await useEngine("wasm", { ranks: 1 });
const folder = new URL("./fixtures/models/", import.meta.url).pathname;

for (const { name, isDirectory } of Deno.readDirSync(folder)) {
  if (!isDirectory) continue;
  Deno.test(`importModel() makes a network that can be pruned of ${name}`, async () => {
    const tensors = tf.memory().numTensors;
    const { faults, compared } = await checkModel(folder + name);
    assertEquals(faults, []);
    assert(compared > 0);
    assertEquals(tf.memory().numTensors, tensors);
  });
}
