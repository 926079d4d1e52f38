/**
 * The native engine.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import type { ExecutorOps } from "@espalier/supernet/engine";
import { availableParallelism } from "node:os";
import process from "node:process";
import type { Engine, Unavailable } from "../engine.ts";
import { machinePassesAvailable } from "../machine/mod.ts";
import { findAddon, loadAddon, PACKAGE } from "./addon.ts";
import { setBackend } from "./backend.ts";
import { tensorBridge } from "./executor/bridge.ts";
import { nativeExecutorOps } from "./executor/ops.ts";
import { type Binding, createBinding } from "./ffi/binding.ts";
import { openContext } from "./ffi/context.ts";
import type { EagerContext } from "./ffi/eager_context.ts";
import { withoutStderr } from "./ffi/libc.ts";
import { findLibrary } from "./install/folder.ts";
import { registerKernels } from "./kernels/register.ts";

const THREADS_VARIABLE = "TF_NUM_INTRAOP_THREADS";

/** What the engine loads TensorFlow from. */
type Source =
  | { readonly kind: "addon"; readonly path: string }
  | { readonly kind: "library"; readonly folder: string }
  | { readonly kind: "none" } & Unavailable;

async function findSource(): Promise<Source> {
  const path = findAddon();
  if (path !== undefined) return { kind: "addon", path };
  if (!("Deno" in globalThis)) {
    const reason = `${PACKAGE} is not installed with its binary`;
    return { kind: "none", reason, remedy: `\`npm install ${PACKAGE}\` installs it` };
  }
  const { state } = await Deno.permissions.query({ name: "ffi" });
  if (state !== "granted") {
    const remedy = "run Deno with --allow-ffi, --allow-read and --allow-env";
    return { kind: "none", reason: "Deno may not use FFI", remedy };
  }
  try {
    const found = await findLibrary();
    return found.folder === undefined
      ? { kind: "none", ...found }
      : { kind: "library", folder: found.folder };
  } catch (error) {
    const remedy = "let Deno read the user's cache folder and the environment";
    return { kind: "none", reason: (error as Error).message, remedy };
  }
}

/** Threads of one kernel: as the environment says, by default one per processor. */
function chooseThreads(): number {
  const wanted = Number(process.env[THREADS_VARIABLE]);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : availableParallelism();
}

/** A binding, and its context where FFI opened one. */
interface Opened {
  readonly binding: Binding;
  readonly context?: EagerContext;
}

function open(source: Source, threads: number): Opened {
  switch (source.kind) {
    case "addon":
      return { binding: loadAddon(source.path) };
    case "library": {
      const context = openContext(source.folder, { threads });
      return { binding: createBinding(context), context };
    }
    case "none":
      throw new EspalierError(
        "ERR_ENGINE_UNAVAILABLE",
        `Cannot start the native engine as it must be available: ${source.reason}; ${source.remedy}.`,
      );
  }
}

/** Open a source without the lines that the library logs at its start and at its first op. */
function openQuietly(source: Source, threads: number): Opened {
  const run = () => {
    const opened = open(source, threads), { binding } = opened;
    const scalar = binding.createTensor([], binding.TF_FLOAT, Float32Array.of(1));
    const [output] = binding.executeOp("Neg", [], [scalar], 1);
    binding.deleteTensor(scalar);
    binding.deleteTensor(output!.id);
    return opened;
  };
  return "Deno" in globalThis ? withoutStderr(run) : run();
}

/** Threads of the open context. Each thread of the process has a context of its own. */
let running = 1;

/** The context that is open, where it is ours. */
let opened: EagerContext | undefined;

/** The passes of the open context, with machine code and without. */
const executors = new Map<boolean, ExecutorOps>();

function executorOf(context: EagerContext, machine: boolean): ExecutorOps {
  const executor = executors.get(machine) ??
    { ...nativeExecutorOps(context, { machine }), ...tensorBridge(context) };
  executors.set(machine, executor);
  return executor;
}

/**
 * TensorFlow's own library. This is the compiled addon of `@tensorflow/tfjs-node-gpu` where that is
 * installed with its binary. Otherwise, in Deno, it is the library that `deno task native`
 * installed, called by FFI.
 *
 * `TF_NUM_INTRAOP_THREADS` sets the number of its threads; the default is one per processor.
 */
export const nativeEngine: Engine = {
  name: "native",
  async unavailable() {
    const source = await findSource();
    return source.kind === "none" ? { reason: source.reason, remedy: source.remedy } : undefined;
  },
  async start({ threads = chooseThreads(), machine = true } = {}) {
    const source = await findSource();
    // The library reads it while it is loaded.
    process.env[THREADS_VARIABLE] = String(threads);
    const binding = await setBackend(() => {
      running = threads;
      const { binding, context } = openQuietly(source, threads);
      opened = context;
      return binding;
    });
    registerKernels();
    const count = `${running} thread${running === 1 ? "" : "s"}`;
    const version = `TensorFlow ${binding.TF_Version}`;
    if (binding.isUsingGpuDevice()) {
      return { device: `${version} (GPU)`, threads: running, readsCheaply: false };
    }
    const hasMachine = opened !== undefined && machine && machinePassesAvailable();
    const variant = hasMachine ? undefined : "without machine code";
    return {
      device: `${version} (${[count, ...variant ? [variant] : []].join(", ")})`,
      threads: running,
      readsCheaply: true,
      executor: opened && executorOf(opened, hasMachine),
      variant,
    };
  },
};
