/** The table of layers in docs/own_network.md says what the import does. */
import { EspalierError } from "@espalier/core";
import { importModel } from "@espalier/import";
import { isRegistered } from "@espalier/supernet";
import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { LAYERS } from "../importing/layers/table.ts";
import { folderOf, layer, sequential } from "../importing/testing.ts";

await tf.setBackend("cpu");

const text = await Deno.readTextFile(new URL("../docs/own_network.md", import.meta.url));

/** Classes of the table's first column, by what becomes of them. */
const table = Map.groupBy(
  text.split("\n").filter((line) => line.startsWith("| ")).flatMap((line) => {
    const [, classes, fate] = line.split("|").map((cell) => cell.trim());
    return [...classes!.matchAll(/`(\w+)`/g)].map(([, name]) => ({ name: name!, fate: fate! }));
  }),
  ({ fate }) => fate,
);
const classesOf = (...fates: string[]) =>
  fates.flatMap((fate) => table.get(fate)!.map(({ name }) => name));

Deno.test("the table of layers names every class that the import knows, once", () => {
  const known = classesOf("pruned", "follows", "left out");
  assertEquals(known.toSorted(), [...LAYERS.keys()].sort());
  const all = [...table.values()].flat().map(({ name }) => name);
  assertEquals(new Set(all).size, all.length);
});

Deno.test("the table of layers names every layer of TensorFlow.js", () => {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const layers = Object.entries(classNameMap)
    .filter(([, [cls]]) => cls.prototype instanceof tf.layers.Layer)
    .map(([name]) => name);
  assert(layers.length > 60);
  const all = new Set([...table.values()].flat().map(({ name }) => name));
  assertEquals(layers.filter((name) => !all.has(name)), []);
});

Deno.test("what the table calls opaque is known to TensorFlow.js alone", () => {
  const names = classesOf("opaque");
  assertEquals(names.filter((name) => LAYERS.has(name) || !isRegistered(name)), []);
});

for (const name of classesOf("refused")) {
  Deno.test(`importModel() refuses ${name}, as the table says`, async () => {
    const topology = sequential("mine", [layer("Flatten", "first"), layer(name, "odd")]);
    await using folder = await folderOf({ topology, weights: [] });
    const error = await assertRejects(
      () => importModel(`${folder.path}/model.json`),
      EspalierError,
      name,
    );
    assertEquals(error.code, "ERR_IMPORT_UNSUPPORTED");
  });
}
