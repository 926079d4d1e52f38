/**
 * Running the self-test.
 *
 * @module
 */
import { installError } from "./error.ts";

const PROOF = new URL("./proof.ts", import.meta.url).href;
const WRONG_GRADIENT = 3;

/** Proves a library, or throws. */
export type Prove = (folder: string, signal: AbortSignal | undefined) => Promise<void>;

/**
 * Load a library in a process of its own and compare its gradients with stored numbers.
 *
 * @param folder Folder of TensorFlow's files.
 * @param signal Stops it.
 * @throws {EspalierError} `ERR_ENGINE_SELF_TEST` for a wrong gradient, `ERR_INSTALL_PLATFORM` when
 * the processor lacks an instruction, `ERR_INSTALL_DAMAGED` when the library does not load.
 */
export const prove: Prove = async (folder, signal) => {
  const permissions = ["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-lock", ...permissions, PROOF, folder],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    ...(signal ? { signal } : {}),
  });
  const { success, code, signal: killedBy, stderr } = await child.output();
  signal?.throwIfAborted();
  if (success) return;
  if (code === WRONG_GRADIENT) {
    throw installError(
      "ERR_ENGINE_SELF_TEST",
      "the library computes a wrong gradient on this machine. Use the wasm engine.",
    );
  }
  if (killedBy === "SIGILL") {
    throw installError(
      "ERR_INSTALL_PLATFORM",
      "the processor lacks an instruction that the library uses. Use the wasm engine.",
    );
  }
  const said = new TextDecoder().decode(stderr).trim().split("\n").slice(-6).join("\n");
  throw installError(
    "ERR_INSTALL_DAMAGED",
    `the library fails its self-test: ${killedBy ?? `exit code ${code}`}\n${said}\n` +
      "Run it again; the other engines go on working.",
  );
};
