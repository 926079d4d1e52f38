import { assert } from "@std/assert";
import { encode, withTree } from "./testing.ts";

const SIDE = 16;
const IMAGE = SIDE * SIDE * 3;
const MODULE = new URL("./image_folder.ts", import.meta.url).href;

/** Opens a folder, reads all of it in batches, and prints the most bytes of arrays that were alive. */
const PROGRAM = `
  import { imageFolder } from ${JSON.stringify(MODULE)};
  import process from "node:process";
  async function alive() {
    for (let i = 0; i < 2; i++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return process.memoryUsage().external;
  }
  const shape = [${SIDE}, ${SIDE}, 3];
  const before = await alive();
  const { train: { images } } = await imageFolder({ directory: Deno.args[0], shape });
  let most = await alive() - before;
  for (let start = 0; start + 50 <= images.count; start += 50) {
    const batch = await images.read(Array.from({ length: 50 }, (_, i) => start + i));
    if (start % 1000 === 0) most = Math.max(most, await alive() - before);
    if (batch.length !== 50 * ${IMAGE}) throw new Error("cut");
  }
  console.log(most);
`;

async function mostAlive(files: number): Promise<number> {
  let most = NaN;
  await withTree({}, async (directory) => {
    const bytes = await encode({ width: SIDE, height: SIDE, colour: (y, x) => [y * 7, x * 7, 0] });
    await Deno.writeFile(`${directory}/one.png`, bytes);
    for (const name of ["a", "b"]) {
      await Deno.mkdir(`${directory}/${name}`);
      for (let i = 0; i < files / 2; i++) {
        await Deno.link(`${directory}/one.png`, `${directory}/${name}/${i}.png`);
      }
    }
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", "--v8-flags=--expose-gc", PROGRAM, directory],
      cwd: import.meta.dirname!,
    }).output();
    most = Number(new TextDecoder().decode(stdout));
    assert(most > 0, new TextDecoder().decode(stderr));
  });
  return most;
}

Deno.test("reading 20,000 images holds no more arrays than reading 1,000", async () => {
  const [few, many] = [await mostAlive(1000), await mostAlive(20_000)];
  // Labels of four bytes an image, and what the collector leaves. The images are 768 bytes each.
  assert(many - few < 19_000 * (4 + 8), `${few} and ${many} bytes`);
});
