/**
 * The catalogue of error codes. A code is never reused; its text says when it is thrown.
 */
export const ERROR_CODES = {
  ERR_ABORTED: "the run was stopped by its signal",
  ERR_ARCHITECTURE_INVALID: "choices or kept channels do not fit the blueprint's decisions",
  ERR_ARTIFACT_CORRUPT: "a stored artifact cannot be read or its digest differs",
  ERR_BLUEPRINT_INVALID: "a blueprint breaks a rule of the graph",
  ERR_BUDGET_UNREACHABLE: "the target lies outside what the shapes can cost",
  ERR_BUDGET_ZONE_EMPTY: "no shape was found whose cost lies in the budget's zone",
  ERR_CONFIG_INVALID: "an option of a function, pruner, phase or run is unknown or not valid",
  ERR_COST_INVALID: "a cost model gives a cost that is negative or not finite",
  ERR_DATA_CORRUPT: "a data file is missing, cut or has another digest",
  ERR_DATA_INVALID: "images, labels or options of a dataset are not valid",
  ERR_DATA_MISMATCH: "network, data and objective do not fit one another",
  ERR_DERIVE_DIFFERS: "a pruned network computes something else than the one it was cut out of",
  ERR_DISK_FULL: "a disk, quota or table of inodes is full",
  ERR_ENGINE_FAILED: "an engine failed while computing",
  ERR_ENGINE_SELF_TEST: "an engine computes a wrong gradient",
  ERR_ENGINE_UNAVAILABLE: "the engine asked for is not there",
  ERR_EXPORT_UNSUPPORTED: "a format of models cannot express a node exactly",
  ERR_FILE_FAILED: "the system failed to read or write a file",
  ERR_IMPORT_UNSUPPORTED: "a model holds a layer or has a form that cannot be imported",
  ERR_INSTALL_DOWNLOAD: "the library of an engine could not be downloaded",
  ERR_INSTALL_DAMAGED: "a downloaded library is cut or damaged",
  ERR_INSTALL_DISK: "an installation ran out of disk space or may not write",
  ERR_INSTALL_PLATFORM: "there is no build of the library for this system",
  ERR_INSTALL_PYTHON: "python or pip is missing or too old",
  ERR_JOURNAL_CORRUPT: "a journal has a line that is no event",
  ERR_LOSS_NOT_FINITE: "the loss or a weight became NaN or infinite",
  ERR_MODEL_CORRUPT: "a model folder cannot be read, or holds another network",
  ERR_NETWORK_DEPTH: "no network of this family has the depth asked for",
  ERR_PATH_INVALID: "a path or name is not valid, too long, or something is in its way",
  ERR_PERMISSION: "a file or folder may not be read or written",
  ERR_PHASE_FAILED: "a phase threw",
  ERR_PHASE_MISUSE:
    "a phase used what it does not declare, made what cannot be stored or emitted what is no event",
  ERR_PLUGIN_CONTRACT: "a plugin's service gives what its contract does not allow",
  ERR_PLUGIN_CONTRACTS: "a plugin is made for another version of the contracts",
  ERR_PLUGIN_DUPLICATE: "a plugin is installed twice",
  ERR_PLUGIN_FAILED: "a plugin threw, or its setup is asynchronous",
  ERR_PLUGIN_OPTIONS: "an option of a plugin is unknown or not valid",
  ERR_PLUGIN_REQUIRES: "a plugin requires a service that no plugin provides",
  ERR_PLUGIN_SWAP: "a swap would drop a service silently, or replaces nothing",
  ERR_PLUGIN_UNDECLARED: "what a plugin provides, resolves or emits differs from what it declares",
  ERR_REPORT_EMPTY: "events hold nothing to draw",
  ERR_RUN_BUSY: "another run has the folder",
  ERR_RUN_OTHER: "the folder holds a run of another configuration",
  ERR_RUN_REMOVED: "the folder of a run was removed or replaced while it went on",
  ERR_SERVICE_CYCLE: "a service needs itself",
  ERR_SERVICE_DUPLICATE: "two plugins provide one single token",
  ERR_SERVICE_MISSING: "no plugin provides a service",
  ERR_SHAPE_INVALID: "a shape file does not fit its network",
  ERR_SPACE_CONFLICT: "two search spaces decide about one node",
  ERR_SPACE_INVALID: "a decision of a search space does not fit the blueprint",
  ERR_STUDY_AXES: "axes of a study touch the same part, or leave one out",
  ERR_STUDY_WORKER: "a worker process of a study died or belongs to another study",
  ERR_WORKER_LOST: "a data-parallel worker died",
} as const;

/** Machine-readable reason of an {@linkcode EspalierError}. */
export type EspalierErrorCode = keyof typeof ERROR_CODES;

/** Context of an {@linkcode EspalierError}. */
export interface EspalierErrorOptions extends ErrorOptions {
  /** Name of the plugin that failed. */
  readonly plugin?: string;
  /** Name of the phase that was at work. */
  readonly phase?: string;
}

/** Marks errors of every copy of this package that a process has loaded. */
const BRAND = Symbol.for("@espalier/core/EspalierError");

/**
 * Error thrown by the framework: `Cannot <verb> <thing> as <rule>: <state>`, then what to do.
 *
 * @example Branch on the code
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { EspalierError } from "@espalier/core";
 *
 * const error = new EspalierError("ERR_SERVICE_MISSING", "Cannot resolve x");
 * assertEquals(error.code, "ERR_SERVICE_MISSING");
 * ```
 */
export class EspalierError extends Error {
  /** Machine-readable reason. */
  readonly code: EspalierErrorCode;
  /** Name of the plugin that failed, if any. */
  readonly plugin: string | undefined;
  /** Name of the phase that was at work, if any. */
  readonly phase: string | undefined;
  /** Whether a value is such an error, of this copy of the package or another. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }

  /**
   * Create an error.
   *
   * @param code Machine-readable reason.
   * @param message What could not be done, why, and what to do.
   * @param options Plugin name and cause.
   */
  constructor(code: EspalierErrorCode, message: string, options: EspalierErrorOptions = {}) {
    super(message, options);
    this.name = "EspalierError";
    this.code = code;
    this.plugin = options.plugin;
    this.phase = options.phase;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** An error as plain data, for events and logs. */
export interface SerializedError {
  /** Class name. */
  readonly name: string;
  /** Machine-readable reason, if the framework threw it. */
  readonly code?: EspalierErrorCode;
  /** Message. */
  readonly message: string;
  /** Name of the plugin that failed. */
  readonly plugin?: string;
  /** Name of the phase that was at work. */
  readonly phase?: string;
}

/**
 * Turn anything thrown into plain data.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { serializeError } from "@espalier/core";
 *
 * assertEquals(serializeError(new RangeError("no")), { name: "RangeError", message: "no" });
 * ```
 *
 * @param error The thrown value.
 * @returns Name, code, message, plugin and phase.
 */
export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message } = error;
  if (!(error instanceof EspalierError)) return { name, message };
  const { code, plugin, phase } = error;
  return { name, code, message, ...plugin && { plugin }, ...phase && { phase } };
}

/**
 * What was thrown first, then what failed while that was handled: the disposals of `using` wrap both
 * in a `SuppressedError` of the last.
 */
export function reasonsOf(error: unknown): readonly [first: unknown, ...later: unknown[]] {
  const { name, suppressed, error: last } = Object(error) as Partial<SuppressedError>;
  if (name !== "SuppressedError") return [error];
  return [...reasonsOf(suppressed), ...reasonsOf(last)];
}
