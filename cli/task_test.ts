import type { Blueprint } from "@espalier/core";
import { importModel } from "@espalier/espalier";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "../core/testing.ts";
import { choicesFor } from "./task.ts";
import { espalier, MODELS } from "./testing.ts";

const modelOf = async (name: string): Promise<Blueprint> =>
  (await importModel(`${MODELS}${name}/model.json`)).blueprint;

Deno.test("task and pixels are guessed from the first and the last layer", async () => {
  const guessed = async (name: string) => {
    const { task, pixels, guesses } = choicesFor(await modelOf(name), {});
    assertEquals(guesses.length, 2);
    return [task, pixels];
  };
  assertEquals(await guessed("mlp_regression"), ["regression", "0..1"]);
  assertEquals(await guessed("plain_cnn"), ["classification", "0..1"]);
  const network = await modelOf("plain_cnn");
  const [input, first, ...rest] = network.nodes;
  const withRescaling = (scale: number, offset: number) => ({
    ...network,
    nodes: [
      input!,
      { id: "scaled", op: "rescale", inputs: [input!.id], scale, offset } as const,
      { ...first!, inputs: ["scaled"] },
      ...rest,
    ],
  });
  const pixelsOf = (scale: number, offset: number) =>
    choicesFor(withRescaling(scale, offset), {}).pixels;
  assertEquals([pixelsOf(1 / 127.5, -1), pixelsOf(1 / 255, 0)], ["0..255", "0..255"]);
  assertEquals(pixelsOf(2, -1), "0..1");
});

Deno.test("what is asked for is not guessed", async () => {
  const network = await modelOf("mlp_regression");
  const asked = { task: "classification", pixels: "-1..1" } as const;
  assertEquals(choicesFor(network, asked), { ...asked, guesses: [] });
});

/** Houses of thirteen features, whose price is a sum of two. */
function houses(): string {
  const names = Array.from({ length: 13 }, (_, i) => `x${i}`);
  const rows = Array.from({ length: 60 }, (_, row) => {
    const values = names.map((_, i) => Math.sin(row * (i + 1)).toFixed(4));
    return [`house ${row}`, ...values, (Number(values[0]) / 2 - Number(values[1]) / 4).toFixed(4)]
      .join();
  });
  return [["id", ...names, "price"].join(), ...rows, ""].join("\n");
}

Deno.test("espalier prune makes a regression of a table smaller, and evaluate measures it alike", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/houses.csv`, houses());
    const data = ["--data", `${folder}/houses.csv:target=price,ignore=id`, "--engine", "wasm"];
    const out = `${folder}/smaller`;
    const model = `${MODELS}mlp_regression`;
    const { code, err } = await espalier(
      ...["prune", model, ...data, "--target", "50%", "--method", "l1", "--epochs", "2"],
      ...["--out", out],
    );
    assertEquals(code, 0, err);
    assertMatch(err, /^Data .*houses\.csv: numbers, 48 to train, 12 to test; .* as they are$/m);
    assertMatch(
      err,
      /^Task +regression; guessed: --task regression, as the model ends in 1 output/m,
    );
    const { rows } = JSON.parse(await Deno.readTextFile(`${out}/result.json`)).result.report;
    const measured = await espalier("evaluate", `${out}/model`, ...data, "--json");
    assertEquals(measured.code, 0, measured.err);
    assertEquals(JSON.parse(measured.out).metrics, rows[1].metrics);
    assert("mean absolute error" in rows[1].metrics);
    assertMatch(measured.err, /note: --task regression/);
  }));

Deno.test("espalier prune --task regression wants numbers", async () => {
  const { code, err } = await espalier(
    ...["prune", `${MODELS}mlp_regression`, "--data", "synthetic", "--target", "50%"],
    ...["--out", "nowhere"],
  );
  assertEquals(code, 2);
  assertMatch(err, /'--task regression': "synthetic" has no numbers to learn, a table has/);
});
