/** What docs/coming_from.md says about networks of PyTorch, by its own blocks of Python. */
import { createRandom } from "@espalier/core";
import { importModel } from "@espalier/import";
import { compile } from "@espalier/supernet";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { withFolder } from "../core/testing.ts";
import { python, pythonTests } from "./python_testing.ts";

await tf.setBackend("cpu");
const testKeras = await pythonTests("import keras, tensorflow", "keras tensorflow-cpu");

const text = await Deno.readTextFile(new URL("../docs/coming_from.md", import.meta.url));
const blocks = [...text.matchAll(/^```python\n([\s\S]*?)^```/gm)].map(([, block]) => block!);

/** Weights as `np.savez` of a state_dict has them. */
const STATE = `
import os, sys
import numpy as np
os.chdir(sys.argv[1])
random = np.random.default_rng(1)
normal = lambda *shape: random.normal(size=shape).astype("float32")
state = {}
for i, (channels, before) in enumerate([(16, 3), (32, 16)], 1):
    state[f"conv{i}.weight"] = normal(channels, before, 3, 3) / before
    state[f"bn{i}.weight"] = 1 + 0.2 * normal(channels)
    state[f"bn{i}.bias"] = normal(channels)
    state[f"bn{i}.running_mean"] = normal(channels)
    state[f"bn{i}.running_var"] = 1 + abs(normal(channels))
    state[f"bn{i}.num_batches_tracked"] = np.array(7)
state["fc.weight"], state["fc.bias"] = normal(10, 32), normal(10)
np.savez("weights.npz", **state)
`;

/** The arithmetic of PyTorch's layers on images [batch, channels, height, width]. */
const REFERENCE = `
def conv2d(x, kernel, stride):
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    size = (x.shape[2] - 3) // stride + 1
    end = stride * (size - 1) + 1
    return sum(
        np.einsum("nchw,oc->nohw", x[:, :, i:i + end:stride, j:j + end:stride], kernel[:, :, i, j])
        for i in range(3) for j in range(3))

def bn(x, name):
    part = lambda what: state[f"{name}.{what}"][:, None, None]
    scaled = (x - part("running_mean")) / np.sqrt(part("running_var") + 1e-5)
    return scaled * part("weight") + part("bias")

x = images = normal(2, 3, 32, 32)
for i in (1, 2):
    x = np.maximum(bn(conv2d(x, state[f"conv{i}.weight"], i), f"bn{i}"), 0)
logits = x.mean((2, 3)) @ state["fc.weight"].T + state["fc.bias"]
images.transpose(0, 2, 3, 1).astype("float32").tofile("images.bin")
logits.astype("float32").tofile("logits.bin")
`;

testKeras(
  "a network of PyTorch comes here by the blocks of docs/coming_from.md",
  () =>
    withFolder(async (folder) => {
      assertEquals(blocks.length, 2);
      await python([STATE, ...blocks, REFERENCE].join("\n"), [folder]);
      const floats = async (name: string) =>
        new Float32Array((await Deno.readFile(`${folder}/${name}.bin`)).buffer);
      const { blueprint, weights, notes } = await importModel(`${folder}/model/model.json`);
      assertEquals(notes, []);
      using network = compile(blueprint, { random: createRandom(1) });
      network.write(weights);
      const images = tf.tensor4d(await floats("images"), [2, 32, 32, 3]);
      const logits = tf.tidy(() => network.forward(images, { training: false }).logits.dataSync());
      images.dispose();
      const wanted = await floats("logits");
      assertEquals(logits.length, wanted.length);
      const off = Math.max(...wanted.map((value, i) => Math.abs(value - logits[i]!)));
      assert(off < 1e-5, `off by ${off}`);
    }),
);
