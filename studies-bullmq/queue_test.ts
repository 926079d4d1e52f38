import { EspalierError } from "@espalier/core";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withFolder } from "../core/testing.ts";
import {
  isHalfway,
  letGo,
  type Line,
  ownerOf,
  owners,
  startProgram,
  steps,
} from "../studies/start_testing.ts";
import { firstThere, freePort } from "../tests/machine_testing.ts";
import { bullmqFleet } from "./mod.ts";

const PROGRAM = new URL("./program_testing.ts", import.meta.url).pathname;

const server = await firstThere(
  ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map((folder) => `${folder}/redis-server`),
);

/** Redis on loopback, which writes each command to its disk; can be killed and started again. */
async function startRedis(folder: string) {
  const port = freePort();
  const args = [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
    ...["--appendonly", "yes", "--appendfsync", "always", "--requirepass", "secret"],
  ];
  const spawn = () => new Deno.Command(server!, { args, stdout: "null", stderr: "null" }).spawn();
  let child = spawn();
  const ready = async () => {
    for (let tries = 0; tries < 100; tries++) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error("redis-server does not start");
  };
  await ready();
  return {
    url: `redis://:secret@127.0.0.1:${port}`,
    port,
    async killAndStart(): Promise<void> {
      child.kill("SIGKILL");
      await child.status;
      child = spawn();
      await ready();
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** A test with Redis and folders of studies; without a server it is skipped, and its name says so. */
function redisTest(
  name: string,
  fn: (base: string, redis: Awaited<ReturnType<typeof startRedis>>) => Promise<void>,
): void {
  const suffix = server === undefined ? " (skipped: there is no redis-server)" : "";
  Deno.test({
    name: `${name}${suffix}`,
    ignore: server === undefined,
    fn: () =>
      withFolder(async (base) => {
        await Deno.mkdir(`${base}/redis`);
        await using redis = await startRedis(`${base}/redis`);
        await fn(base, redis);
      }),
  });
}

const isTold = (line: Line) => line.type === "told";

redisTest(
  "workers, Redis and the study's process are killed, and nothing is lost",
  async (base, redis) => {
    await letGo(`${base}/whole`);
    const whole = await startProgram(PROGRAM, ["alone", `${base}/whole`, redis.url]).end();
    assertEquals(whole.code, 0, whole.errors);

    const study = `${base}/study`;
    const start = (role: string) => startProgram(PROGRAM, [role, study, redis.url]);
    const first = start("study");
    const workers = [start("worker"), start("worker"), start("worker")];
    // Of one worker the process that computes, which waits half-way; then one whole machine.
    const { pid } = await ownerOf(study, await first.line(isHalfway));
    Deno.kill(pid, "SIGKILL");
    await first.line(({ type }) => type === "study/worker-lost");
    const slow = workers[0]!;
    await slow.line(isTold);
    slow.child.kill("SIGKILL");
    await redis.killAndStart();
    first.child.kill("SIGKILL");
    await first.end();
    const second = start("study");
    await letGo(study);
    const { code, rows, errors } = await second.end();
    assertEquals([code, rows], [0, whole.rows], errors);
    assertEquals((await steps(study)).length, 32, "no step is done twice");
    for (const worker of workers.slice(1)) worker.child.kill("SIGTERM");
    for (const worker of workers.slice(1)) assertEquals((await worker.end()).code, 143);
    assertEquals(await owners(study), []);
  },
);

redisTest(
  "a step that blocks longer than the lock lasts costs no run",
  async (base, redis) => {
    const folder = `${base}/study`;
    await letGo(folder);
    await Deno.writeTextFile(`${folder}.slow`, "");
    const workers = [1, 2, 3].map(() => startProgram(PROGRAM, ["worker", folder, redis.url]));
    const study = startProgram(PROGRAM, ["study", folder, redis.url]);
    const { code, errors } = await study.end();
    assertEquals(code, 0, errors);
    assertEquals((await steps(folder)).length, 32, "no run is given to two");
    for (const worker of workers) worker.child.kill("SIGTERM");
    for (const worker of workers) assertEquals((await worker.end()).code, 143);
  },
);

redisTest(
  "a machine that would compute something else says so, and leaves its run to others",
  async (base, redis) => {
    const folder = `${base}/study`;
    await letGo(folder);
    const study = startProgram(PROGRAM, ["study", folder, redis.url]);
    await study.line(({ type }) => type === "study/run-start");
    const wrong = await startProgram(PROGRAM, ["worker", folder, redis.url, "other"]).end();
    assertEquals(wrong.code, 1);
    assertStringIncludes(wrong.errors, "must compute what the study planned");
    const right = startProgram(PROGRAM, ["worker", folder, redis.url]);
    const { code, rows, errors } = await study.end();
    assertEquals(code, 0, errors);
    assertEquals((rows as { failed: unknown[] }[]).flatMap(({ failed }) => failed), []);
    right.child.kill("SIGTERM");
    assertEquals((await right.end()).code, 143);
  },
);

Deno.test("a Redis that is not there, or wants another password, is named", async () => {
  const fleet = (redis: string) =>
    bullmqFleet({ redis, queue: "x", study: {} as never }).open({} as never);
  const error = await assertRejects(() => fleet(`redis://127.0.0.1:${freePort()}`), EspalierError);
  assertEquals(error.code, "ERR_STUDY_WORKER");
  assertStringIncludes(error.message, "Cannot reach Redis at");
  if (server === undefined) return;
  await withFolder(async (folder) => {
    await using redis = await startRedis(folder);
    const wrong = await assertRejects(
      () => fleet(`redis://:no@127.0.0.1:${redis.port}`),
      EspalierError,
    );
    assert(!wrong.message.includes(":no@"));
  });
});
