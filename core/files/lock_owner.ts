import { nodeModule } from "./node_module.ts";
import { codeOf, files } from "./files.ts";

/** A lock that is held. */
export interface FileLock {
  /** Replace the file's content; it is on the disk when this resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Remove the file and let go; never throws. */
  release(): void;
}

/** A process that holds a lock. */
export interface LockOwner {
  /** Process. */
  readonly pid: number;
  /** Machine; absent if its name may not be asked for. */
  readonly host?: string;
  /** ISO 8601. */
  readonly since: string;
  /** When the process started, as Linux counts it, in Node. */
  readonly start?: string;
}

/** Name of this machine; in Deno only if that was allowed, as nobody should be asked for it. */
async function hostName(): Promise<string | undefined> {
  const deno = (globalThis as { Deno?: typeof Deno }).Deno;
  if (deno?.permissions.querySync({ name: "sys", kind: "hostname" }).state === "granted") {
    return deno.hostname();
  }
  return deno ? undefined : (await nodeModule<typeof import("node:os")>("os")).hostname();
}

/** When a process started, in Linux's ticks; undefined elsewhere, and in Deno, which hides it. */
async function startOf(pid: number): Promise<string | undefined> {
  if ("Deno" in globalThis) return undefined;
  const stat = await (await files()).readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.split(") ").at(-1)!.split(" ")[19];
}

/** This process, as the owner of a lock. */
export async function thisOwner(): Promise<LockOwner> {
  const { default: { pid } } = await nodeModule<{ default: typeof import("node:process") }>(
    "process",
  );
  const [host, start] = [await hostName(), await startOf(pid)];
  return {
    pid,
    ...host !== undefined && { host },
    since: new Date().toISOString(),
    ...start !== undefined && { start },
  };
}

/** Whether an owner lives, as Node can tell; one of another machine does, to be safe. */
export async function isAlive({ pid, host, start }: LockOwner): Promise<boolean> {
  const { default: process } = await nodeModule<{ default: typeof import("node:process") }>(
    "process",
  );
  if (host !== undefined && host !== await hostName()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  const now = await startOf(pid);
  return start === undefined || now === undefined || start === now;
}

/** The owner that a text names, if it does. */
export function parseOwner(text: string): LockOwner | undefined {
  try {
    const owner = Object(JSON.parse(text));
    return Number.isSafeInteger(owner.pid) && typeof owner.since === "string" ? owner : undefined;
  } catch {
    return undefined;
  }
}

/** Who holds a lock, in words, as in `process 17 on host-a, since 2026-11-27T12:00:00.000Z`. */
export async function ownerText(path: string): Promise<string> {
  const fs = await files();
  const owner = parseOwner(await fs.readFile(path, "utf8").catch(() => ""));
  if (owner === undefined) return "another process";
  const { pid, host, since } = owner;
  return `process ${pid}${host === undefined ? "" : ` on ${host}`}, since ${since}`;
}
