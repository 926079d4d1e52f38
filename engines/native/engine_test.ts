import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { EspalierError } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { machinePassesAvailable } from "../machine/mod.ts";
import { setBackend } from "./backend.ts";
import { nativeEngine } from "./engine.ts";
import { runModule, testNative } from "./testing.ts";

testNative("nativeEngine.start() makes TensorFlow the backend", async () => {
  assertEquals(await nativeEngine.unavailable(), undefined);
  const first = await nativeEngine.start();
  assertEquals(tf.getBackend(), "tensorflow");
  assertMatch(
    first.device,
    /^TensorFlow \d+\.\d+\.\d+ \((\d+ threads?(, without machine code)?|GPU)\)$/,
  );
  assert(first.threads >= 1);
  assertEquals(await nativeEngine.start(), first);
});

testNative("nativeEngine.start() prints nothing, and leaves standard error as it was", async () => {
  const { code, stdout, stderr } = await runModule(
    `
    import * as tf from "@tensorflow/tfjs";
    import { nativeEngine } from "./mod.ts";
    const { threads } = await nativeEngine.start();
    const loss = (w: tf.Tensor) => tf.sum(tf.relu(tf.conv2d(tf.ones([1, 4, 4, 1]), w, 1, 1)));
    const [gradient] = tf.grads(loss)([tf.ones([3, 3, 1, 1])]);
    console.log(threads, gradient.sum().dataSync()[0]);
    console.error("after");
  `,
    { env: { "TF_NUM_INTRAOP_THREADS": "1" } },
  );
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "1 100\n", stderr: "after\n" });
});

testNative("nativeEngine makes no machine code where it may not, and says so", async () => {
  const { stdout, stderr } = await runModule(`
    import { currentEngine } from "@espalier/supernet";
    import { useEngine } from "../choose.ts";
    import { RESIDUAL, trainee } from "../ranks/testing.ts";
    // Memory for code is what asks for mprotect.
    const { dlopen } = Deno;
    let openings = 0;
    Deno.dlopen = (path, symbols) => {
      if ("mprotect" in symbols) openings++;
      return dlopen(path, symbols);
    };
    for (const machine of [false, undefined, false]) {
      const { message } = await useEngine("native", { ranks: 1, machine });
      using trained = trainee({ blueprint: RESIDUAL, batches: [4] });
      trained.step(0);
      const says = [message, await currentEngine()].map((text) => text.match("without.*code")?.[0]);
      console.log(openings, ...says);
      openings = 0;
    }
  `);
  const without = "0 without machine code without machine code";
  const usual = machinePassesAvailable() ? "2 undefined undefined" : without;
  assertEquals({ lines: stdout.trim().split("\n"), stderr }, {
    lines: [without, usual, without],
    stderr: "",
  });
});

testNative("nativeEngine lets timers and signals run while tensors are read", async () => {
  await nativeEngine.start();
  const x = tf.scalar(1);
  let hasTicked = false;
  let hasSignal = false;
  const listener = () => hasSignal = true;
  Deno.addSignalListener("SIGUSR1", listener);
  setTimeout(() => {
    hasTicked = true;
    Deno.kill(Deno.pid, "SIGUSR1");
  });
  for (let i = 0; i < 1e5 && !hasSignal; i++) await x.data();
  Deno.removeSignalListener("SIGUSR1", listener);
  x.dispose();
  assert(hasTicked && hasSignal);
});

testNative("setBackend() keeps a backend that is registered already", async () => {
  await nativeEngine.start();
  const refuse = () => {
    throw new Error("opened twice");
  };
  await setBackend(refuse);
});

Deno.test("nativeEngine says that it is not installed, and what installs it", async () => {
  const cache = await Deno.makeTempDir();
  const { stdout, stderr } = await runModule(`
    import { nativeEngine } from "./mod.ts";
    Deno.env.set("XDG_CACHE_HOME", ${JSON.stringify(cache)});
    console.log((await nativeEngine.unavailable()).reason);
    try { await nativeEngine.start(); } catch (error) { console.log(error.code, error.message); }
  `);
  await Deno.remove(cache);
  assertEquals(stderr, "");
  assertStringIncludes(stdout, "it is not installed\nERR_ENGINE_UNAVAILABLE Cannot start");
  assertStringIncludes(stdout, "`deno task native`");
});

Deno.test("nativeEngine does not load a library that was cut", async () => {
  const cache = await Deno.makeTempDir();
  const folder = `${cache}/espalier/native/2.21.0-cpu`;
  await Deno.mkdir(`${folder}/tensorflow`, { recursive: true });
  await Deno.writeTextFile(`${folder}/tensorflow/library`, "cut");
  const files = [{ path: "tensorflow/library", bytes: 100 }];
  await Deno.writeTextFile(`${folder}/installed.json`, JSON.stringify({ files }));
  const { stdout } = await runModule(`
    import { nativeEngine } from "./mod.ts";
    Deno.env.set("XDG_CACHE_HOME", ${JSON.stringify(cache)});
    const { reason, remedy } = await nativeEngine.unavailable();
    console.log(\`\${reason}; \${remedy}\`);
  `);
  await Deno.remove(cache, { recursive: true });
  assertEquals(
    stdout,
    "its library is damaged: tensorflow/library has 3 of 100 bytes; " +
      "`deno task native` repairs it\n",
  );
});

testNative("a failing op is a named error, and the next op is right", async () => {
  await nativeEngine.start();
  type Backend = { executeSingleInput(name: string, x: tf.Tensor): tf.Tensor };
  const backend = tf.backend() as unknown as Backend;
  const row = tf.tensor2d([[1, 2, 3]]);
  const error = assertThrows(
    () => backend.executeSingleInput("Cholesky", row),
    EspalierError,
    "Cannot run Cholesky",
  );
  row.dispose();
  assertEquals(error.code, "ERR_ENGINE_FAILED");
  assertEquals([...tf.tidy(() => tf.neg([1, 2])).dataSync()], [-1, -2]);
});

Deno.test("useEngine() without permission for FFI says so, and what allows it", async () => {
  const { stdout } = await runModule(
    `
    import { useEngine } from "../choose.ts";
    console.log((await useEngine("auto", { ranks: 1 })).message);
    try { await useEngine("native"); } catch (error) { console.log(error.code, error.message); }
    `,
    { permissions: ["--allow-read", "--allow-env"] },
  );
  const reason = "Deno may not use FFI";
  const remedy = "run Deno with --allow-ffi, --allow-read and --allow-env";
  const [auto, named] = stdout.split("\n");
  assertStringIncludes(auto!, `Using the wasm engine: `);
  assertStringIncludes(auto!, `as ${reason} (${remedy}).`);
  assertEquals(
    named,
    `ERR_ENGINE_UNAVAILABLE Cannot use the native engine as it must be available: ${reason}; ${remedy}.`,
  );
});

Deno.test("useEngine() outside of Deno names the package that brings the native engine", async () => {
  const { stdout, stderr } = await runModule(`
    import { useEngine } from "../choose.ts";
    // The modules that Deno provides for Node's need Deno while they load.
    for (const name of ["module", "timers", "fs", "path", "process"]) await import("node:" + name);
    delete globalThis.Deno;
    console.log((await useEngine("auto", { ranks: 1 })).message);
    try { await useEngine("native"); } catch (error) { console.log(error.code, error.message); }
  `);
  const [auto, named] = stdout.split("\n");
  const remedy = "`npm install @tensorflow/tfjs-node-gpu` installs it";
  assertStringIncludes(auto!, `(${remedy}).`, stderr);
  assertStringIncludes(named!, "ERR_ENGINE_UNAVAILABLE Cannot use the native engine");
  assertStringIncludes(named!, `; ${remedy}.`);
});
