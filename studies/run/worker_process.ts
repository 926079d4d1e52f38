/**
 * A worker process, seen from the study's: the same program, started again with the same arguments. Its
 * `run()` of the study in this folder works for it, and does not return.
 *
 * @module
 */
import { EspalierError, type JournalEvent } from "@espalier/core";
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { errorOf, MessageReader, type WorkerMessage } from "./messages.ts";

/** Tells a process that it is a worker of the study in this folder. */
export const WORKER_VARIABLE = "ESPALIER_STUDY_WORKER";

/** How a program is started again. */
interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/** Whether this process may do something, without asking anybody. */
function isAllowed(permission: Deno.PermissionDescriptor): boolean {
  const deno = (globalThis as { Deno?: typeof Deno }).Deno;
  return deno === undefined || deno.permissions.querySync(permission).state === "granted";
}

/** Folder of the study that this process is a worker of; undefined if it is none's. */
export function studyOfWorker(): string | undefined {
  const mayLook = isAllowed({ name: "env", variable: WORKER_VARIABLE });
  return mayLook ? process.env[WORKER_VARIABLE] : undefined;
}

/**
 * This program; undefined where it cannot be started again, as in a notebook, or where a process may not
 * start others.
 */
export function thisProgram(): Program | undefined {
  const deno = (globalThis as { Deno?: typeof Deno }).Deno;
  if (deno === undefined) {
    const [, script, ...rest] = process.argv;
    return script
      ? { file: process.execPath, args: [...process.execArgv, script, ...rest] }
      : undefined;
  }
  const { mainModule } = deno;
  const needed = (["run", "env", "read", "write", "sys"] as const).map((name) => ({ name }));
  if (mainModule.includes("$deno$") || !needed.every(isAllowed)) return undefined;
  return {
    file: deno.execPath(),
    args: ["run", "--allow-all", "--no-check", mainModule, ...deno.args],
  };
}

/** A worker's last words in an error. */
const WORDS = 600;

/** Says that a worker died before its run was over: how it ended, and what it wrote last. */
export class WorkerLost extends Error {}

function neverReady(how: string): EspalierError {
  return new EspalierError(
    "ERR_STUDY_WORKER",
    `Cannot start a worker as this program, started again with its arguments, must come to the same ` +
      `study in the same folder: ${how}. Run the study from a program's file, or take workers: 0.`,
  );
}

/** Worker processes, one after the other, as each may die. */
export class WorkerProcess {
  readonly #directory: string;
  readonly #log: string;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #words = "";
  #isReady = false;
  #onMessage: (message: WorkerMessage) => void = () => {};
  #onEnd: (how: string) => void = () => {};

  /**
   * Prepare; a process is started when there is a run.
   *
   * @param directory Folder of the study.
   * @param log File for what the process writes that is no message.
   */
  constructor(directory: string, log: string) {
    this.#directory = directory;
    this.#log = log;
  }

  /** Whether a process is there. */
  get isAlive(): boolean {
    return this.#child !== undefined;
  }

  /**
   * Let it do a run; a process is started if none is there.
   *
   * @returns Memory of the process, in bytes.
   * @throws {WorkerLost} If the process ends before; {EspalierError} ERR_STUDY_WORKER if it is no worker
   * of the study; what the run rejected with.
   */
  run(job: object, onEvent: (event: JournalEvent) => void): Promise<number> {
    const child = this.#child ?? this.#start();
    return new Promise((resolve, reject) => {
      this.#onEnd = (how) => reject(this.#isReady ? new WorkerLost(how) : neverReady(how));
      this.#onMessage = (message) => {
        if (message.type === "ready") return void (this.#isReady = true);
        if (message.type === "event") return onEvent(message.event);
        if (message.type === "done") return resolve(message.rss);
        reject(errorOf(message.error));
      };
      child.stdin!.write(`${JSON.stringify(job)}\n`);
    });
  }

  /** Let it save its work and end. */
  async stop(): Promise<void> {
    this.#child?.stdin?.end();
    await this.#ended;
  }

  #start(): ChildProcess {
    const { file, args } = thisProgram()!;
    const child = spawn(file, [...args], {
      env: { ...process.env, [WORKER_VARIABLE]: resolve(this.#directory), NO_COLOR: "1" },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    this.#words = "";
    this.#isReady = false;
    const reader = new MessageReader();
    const write = (text: string) => {
      if (text === "") return;
      this.#words = (this.#words + text).slice(-WORDS);
      appendFileSync(this.#log, text);
    };
    child.stdin!.on("error", () => {}); // It has ended, which is told below.
    child.stdout!.setEncoding("utf8").on("data", (part: string) => {
      const { messages, text } = reader.read(part);
      write(text);
      for (const message of messages) this.#onMessage(message);
    });
    child.stderr!.setEncoding("utf8").on("data", write);
    this.#ended = new Promise((ended) => {
      child.on("error", (error) => write(`${error.message}\n`));
      child.on("close", (code, signal) => {
        this.#child = undefined;
        const words = this.#words.trim().split("\n").at(-1);
        this.#onEnd(
          `it ended with ${signal ?? `code ${code}`}${words ? `, its last words: ${words}` : ""}`,
        );
        ended();
      });
    });
    return child;
  }
}
