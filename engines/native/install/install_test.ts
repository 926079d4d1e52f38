import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EspalierError, type EspalierErrorCode } from "@espalier/core";
import { join } from "node:path";
import { runModule } from "../testing.ts";
import { inspect } from "./folder.ts";
import { install, type Plan } from "./install.ts";
import type { InstallProgress } from "./progress.ts";
import { prove } from "./prove.ts";
import {
  type Contents,
  downloads,
  fakePython,
  type PipBehaviour,
  wheelOf,
  zip,
} from "./testing.ts";

const text = new TextEncoder();
const LIBRARY: Contents = {
  "tensorflow/libtensorflow_framework.so.2": text.encode("framework"),
  "tensorflow/libtensorflow_cc.so.2": text.encode("library ".repeat(9999)),
  "tensorflow/python/other.py": text.encode("nothing of ours"),
  "nvidia/cublas/lib/libcublas.so.12": text.encode("cuda"),
};
const FILES = [
  "tensorflow/libtensorflow_framework.so.2",
  "tensorflow/libtensorflow_cc.so.2",
  "nvidia/cublas/lib/libcublas.so.12",
];

interface Setup {
  readonly plan: Plan;
  readonly root: string;
  readonly bin: string;
  readonly progress: readonly InstallProgress[];
}

/** A plan for a made-up release, in a folder of its own, with a made-up pip alone on PATH. */
async function withSetup(
  options: { pip?: PipBehaviour | "none"; wheel?: Uint8Array<ArrayBuffer>; plan?: Partial<Plan> },
  run: (setup: Setup) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "espalier-install-" });
  const bin = join(root, "bin");
  const wheel = options.wheel ?? zip(LIBRARY);
  const progress: InstallProgress[] = [];
  try {
    await Deno.mkdir(bin);
    await Deno.writeFile(join(bin, "wheel"), wheel);
    if (options.pip !== "none") await fakePython(bin, options.pip ?? "works");
    const plan: Plan = {
      folder: join(root, "cache", "1.0-cpu"),
      release: { wheels: [wheelOf(wheel)], diskBytes: 1 },
      prove: () => Promise.resolve(),
      env: { PATH: bin },
      progress: (event) => progress.push(event),
      ...options.plan,
    };
    await run({ plan, root, bin, progress });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.sort();
}

/** The installation fails with a code, and leaves nothing but its lock. */
async function assertFails(
  { plan, root }: Setup,
  code: EspalierErrorCode,
  part: string,
): Promise<void> {
  const error = await assertRejects(() => install(plan), EspalierError, part);
  assertEquals(error.code, code);
  assertStringIncludes(error.message, "Cannot install the native engine as ");
  assertEquals(await namesIn(join(root, "cache")), ["1.0-cpu.lock"]);
}

async function assertInstalled({ plan, root }: Setup): Promise<void> {
  assertEquals(await install(plan), plan.folder);
  assertEquals(await inspect(plan.folder), { state: "installed" });
  assertEquals(await namesIn(join(root, "cache")), ["1.0-cpu", "1.0-cpu.lock"]);
  for (const file of FILES) {
    assertEquals(await Deno.readFile(join(plan.folder, file)), LIBRARY[file]);
  }
}

Deno.test("install() fetches, unpacks, proves and places the library", () => {
  const proven: string[][] = [];
  const plan: Partial<Plan> = {
    async prove(folder) {
      proven.push(await namesIn(folder));
    },
  };
  return withSetup({ plan }, async (setup) => {
    await assertInstalled(setup);
    assertEquals(proven, [["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]]);
    assertEquals(await namesIn(setup.plan.folder), ["installed.json", "nvidia", "tensorflow"]);
    const steps = [...new Set(setup.progress.map(({ step }) => step))];
    assertEquals(steps, ["download", "check", "unpack", "prove"]);
    const unpacked = setup.progress.findLast(({ step }) => step === "unpack")!;
    assertEquals(unpacked.done, unpacked.total);
  });
});

Deno.test("install() does nothing the second time", () => {
  let proofs = 0;
  const prove = () => Promise.resolve(void proofs++);
  return withSetup({ plan: { prove } }, async (setup) => {
    await assertInstalled(setup);
    await Deno.remove(setup.bin, { recursive: true });
    await assertInstalled(setup);
    assertEquals(proofs, 1);
  });
});

Deno.test("install() says that there is no pip", () =>
  withSetup(
    { pip: "none" },
    (setup) => assertFails(setup, "ERR_INSTALL_PYTHON", "there is no pip: tried python3 -m pip"),
  ));

Deno.test("install() says that Python has no pip", () =>
  withSetup(
    { pip: "missing" },
    (setup) => assertFails(setup, "ERR_INSTALL_PYTHON", "Install Python 3 with pip 20.3"),
  ));

Deno.test("install() says that pip is too old", () =>
  withSetup(
    { pip: "old" },
    (setup) => assertFails(setup, "ERR_INSTALL_PYTHON", "python3 -m pip is 18.1, needed is 20.3"),
  ));

Deno.test("install() passes on what pip says without a network", () =>
  withSetup(
    { pip: "offline" },
    (setup) =>
      assertFails(setup, "ERR_INSTALL_DOWNLOAD", "(from versions: none)\nCheck the network"),
  ));

Deno.test("install() says that the disk filled up under pip", () =>
  withSetup(
    { pip: "full" },
    (setup) => assertFails(setup, "ERR_INSTALL_DISK", "the disk is full"),
  ));

Deno.test("install() looks for space before it downloads", () =>
  withSetup({ plan: { release: { wheels: [], diskBytes: 1e18 } } }, async (setup) => {
    await assertFails(setup, "ERR_INSTALL_DISK", "GB free of the 1000000000.0 GB needed");
    assertEquals(await downloads(setup.bin), 0);
  }));

Deno.test("install() refuses a wheel with another digest", () => {
  const release = { wheels: [{ ...wheelOf(zip(LIBRARY)), sha256: "0" }], diskBytes: 1 };
  return withSetup(
    { plan: { release } },
    (setup) => assertFails(setup, "ERR_INSTALL_DAMAGED", "the wheel is damaged"),
  );
});

Deno.test("install() refuses when pip brings another file", () =>
  withSetup(
    { pip: "other" },
    (setup) => assertFails(setup, "ERR_INSTALL_DAMAGED", "was not downloaded"),
  ));

Deno.test("install() refuses a cut wheel, wherever it is cut", async () => {
  const whole = zip(LIBRARY);
  for (const length of [0, 10, whole.length >> 1, whole.length - 1]) {
    await withSetup(
      { wheel: whole.slice(0, length) },
      (setup) => assertFails(setup, "ERR_INSTALL_DAMAGED", "the wheel is damaged"),
    );
  }
});

Deno.test("install() refuses a wheel whose bytes are wrong", () => {
  const wheel = zip(LIBRARY);
  const entry = new TextDecoder("latin1").decode(wheel).indexOf("libtensorflow_cc.so.2");
  wheel.fill(0xff, entry + 25, entry + 45);
  return withSetup(
    { wheel },
    (setup) => assertFails(setup, "ERR_INSTALL_DAMAGED", "the wheel is damaged"),
  );
});

Deno.test("install() refuses a wheel without the library", () =>
  withSetup(
    { wheel: zip({ "tensorflow/x.py": text.encode("x") }) },
    (setup) => assertFails(setup, "ERR_INSTALL_DAMAGED", "holds no library"),
  ));

Deno.test("install() keeps nothing that fails the self-test", () => {
  const error = new EspalierError(
    "ERR_ENGINE_SELF_TEST",
    "Cannot install the native engine as it is wrong",
  );
  return withSetup(
    { plan: { prove: () => Promise.reject(error) } },
    (setup) => assertFails(setup, "ERR_ENGINE_SELF_TEST", "it is wrong"),
  );
});

Deno.test("install() survives a library that does not load", () =>
  withSetup(
    { plan: { prove } },
    (setup) =>
      assertFails(setup, "ERR_INSTALL_DAMAGED", "the library fails its self-test: exit code 1"),
  ));

Deno.test("install() stops at its signal, and starts again cleanly", () => {
  const stop = new AbortController();
  const plan = { signal: stop.signal };
  return withSetup({ pip: "slow", plan }, async (setup) => {
    setTimeout(() => stop.abort(), 400);
    await assertFails(setup, "ERR_ABORTED", "it was stopped");
    await fakePython(setup.bin, "works");
    await assertInstalled({ ...setup, plan: { ...setup.plan, signal: undefined } });
  });
});

/** A program that installs by the same plan. */
function startOther({ plan }: Setup): Deno.ChildProcess {
  const code = `
    import { install } from ${JSON.stringify(new URL("./install.ts", import.meta.url).href)};
    const plan = ${JSON.stringify(plan)};
    await install({ ...plan, prove: async () => {}, progress: () => {} });
  `;
  const args = ["eval", "--quiet", code];
  return new Deno.Command(Deno.execPath(), { args, cwd: import.meta.dirname! }).spawn();
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!await condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

Deno.test("install() clears away what a killed installer left", () =>
  withSetup({ pip: "slow" }, async (setup) => {
    const other = startOther(setup);
    await until(async () => await downloads(setup.bin) === 1);
    other.kill("SIGKILL");
    await other.status;
    const left = await namesIn(join(setup.root, "cache"));
    assert(left.some((name) => name.startsWith("1.0-cpu.new-")), String(left));
    await fakePython(setup.bin, "works");
    await assertInstalled(setup);
  }));

Deno.test("install() waits for another installer, and takes what it made", () =>
  withSetup({}, async (setup) => {
    const { plan, bin, progress } = setup;
    await Promise.all([assertInstalled(setup), install(plan), install(plan)]);
    assertEquals(await downloads(bin), 1);
    assert(progress.some(({ step }) => step === "wait"));
  }));

/** What may happen to a file: cut, gone, the same length with other bytes, or a folder in its place. */
const DAMAGES: Readonly<Record<string, (path: string) => Promise<void>>> = {
  cut: (path) => Deno.truncate(path, 3),
  gone: (path) => Deno.remove(path),
  null: (path) => Deno.writeTextFile(path, "null"),
  async flipped(path) {
    const bytes = await Deno.readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await Deno.writeFile(path, bytes);
  },
  async folder(path) {
    await Deno.remove(path);
    await Deno.mkdir(path);
  },
};

for (const [damage, apply] of Object.entries(DAMAGES)) {
  Deno.test(`install() repairs the library, whichever of its files is damaged: ${damage}`, () =>
    withSetup({}, async (setup) => {
      await assertInstalled(setup);
      for (const [i, file] of [...FILES, "installed.json"].entries()) {
        await apply(join(setup.plan.folder, file));
        await assertInstalled(setup);
        assertEquals(await downloads(setup.bin), i + 2, file);
      }
      await assertInstalled(setup);
      assertEquals(
        await downloads(setup.bin),
        FILES.length + 2,
        "nothing is fetched for a whole one",
      );
    }));
}

Deno.test("install() names a folder that may not be written", () =>
  withSetup({ plan: { folder: "/sys/espalier/1.0-cpu" } }, async ({ plan }) => {
    const error = await assertRejects(() => install(plan), EspalierError, "may not be written");
    assertEquals(error.code, "ERR_INSTALL_DISK");
  }));

Deno.test("installNative() names the permission that Deno lacks", async () => {
  const { stdout } = await runModule(
    `
    import { installNative } from "./install/install.ts";
    try { await installNative(); } catch (error) { console.log(error.code, error.message); }
    `,
    { permissions: ["--allow-read"] },
  );
  assertStringIncludes(stdout, "ERR_PERMISSION Cannot install the native engine as Deno may not");
  assertStringIncludes(stdout, "--allow-env");
});

Deno.test("installNative() and verifyNative() look into the cache folder that XDG_CACHE_HOME names", async () => {
  const root = await Deno.makeTempDir();
  const folder = join(root, "espalier", "native", "2.21.0-gpu");
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "x"), "");
    // The digest of nothing.
    const sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const files = [{ path: "x", bytes: 0, sha256 }];
    await Deno.writeTextFile(join(folder, "installed.json"), JSON.stringify({ files }));
    // Set in there, for Deno has its own cache by it too.
    const code = `
      import { installNative, verifyNative } from "./install/install.ts";
      Deno.env.set("XDG_CACHE_HOME", ${JSON.stringify(root)});
      console.log(await installNative({ gpu: true }));
      console.log(JSON.stringify(await verifyNative({ gpu: true })));
      Deno.writeTextFileSync(${JSON.stringify(join(folder, "x"))}, "y");
      console.log((await verifyNative({ gpu: true })).state, (await verifyNative()).state);
    `;
    const { stdout } = await runModule(code);
    const whole = JSON.stringify({ folder, state: "installed" });
    assertEquals(stdout, `${folder}\n${whole}\ndamaged absent\n`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
