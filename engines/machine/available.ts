/**
 * Where the machine code runs.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";

/** Instruction sets that the routines use, as Linux names them. */
const REQUIRED = ["avx512f", "avx512vl"];

/**
 * Whether a processor has the instruction sets.
 *
 * @param cpuInfo Text of `/proc/cpuinfo`.
 * @returns Whether it lists them all.
 */
export function hasInstructions(cpuInfo: string): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]?.split(" ") ?? [];
  return REQUIRED.every((name) => flags.includes(name));
}

let isAvailable: boolean | undefined;

/**
 * Refuse to open what cannot run here.
 *
 * @param passes What is opened.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` where {@linkcode machinePassesAvailable} is false.
 */
export function requireMachine(passes: string): void {
  if (machinePassesAvailable()) return;
  throw new EspalierError(
    "ERR_ENGINE_UNAVAILABLE",
    `Cannot open the ${passes} passes as they need Linux on x86-64 with AVX-512, and Deno with ` +
      "--allow-ffi and --allow-read. Ask machinePassesAvailable() first.",
  );
}

/**
 * Whether this processor and system can run the passes: x86-64, Linux, AVX-512 (F and VL), in Deno
 * with permission to use FFI and to read `/proc/cpuinfo`.
 *
 * @returns Whether {@linkcode openMachinePasses} would work.
 */
export function machinePassesAvailable(): boolean {
  return isAvailable ??= look();
}

function look(): boolean {
  if (!("Deno" in globalThis)) return false;
  if (Deno.build.arch !== "x86_64" || Deno.build.os !== "linux") return false;
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return false;
  try {
    return hasInstructions(Deno.readTextFileSync("/proc/cpuinfo"));
  } catch {
    // Without permission to read, nothing is known of the processor.
    return false;
  }
}
