/**
 * Helpers of the installer's tests: fake wheels and a fake pip.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { crc32, deflateRawSync } from "node:zlib";
import { join } from "node:path";
import type { Wheel } from "./release.ts";

/** Entries of a wheel: their names and contents. */
export type Contents = Readonly<Record<string, Uint8Array>>;

/** A zip file; the first entry is stored, the others are deflated. */
export function zip(contents: Contents): Uint8Array<ArrayBuffer> {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [i, [name, data]] of Object.entries(contents).entries()) {
    const packed = i === 0 ? Buffer.from(data) : deflateRawSync(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(i === 0 ? 0 : 8, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const at = Buffer.alloc(14);
    at.writeUInt32LE(offset, 10);
    local.push(Buffer.from("PK\x03\x04", "latin1"), common, Buffer.from(name), packed);
    central.push(Buffer.from("PK\x01\x02\x14\0", "latin1"), common, at, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...local, directory, end]));
}

/** A wheel's entry in a release. */
export function wheelOf(bytes: Uint8Array): Wheel {
  return {
    name: "made-up",
    version: "1.0",
    file: "made_up-1.0-py3-none-any.whl",
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}

/** How the fake pip behaves; `missing`: there is a Python, but no pip in it. */
export type PipBehaviour = "works" | "missing" | "old" | "offline" | "full" | "slow" | "other";

const DOWNLOADS: Readonly<Partial<Record<PipBehaviour, string>>> = {
  offline: 'echo "ERROR: No matching distribution found (from versions: none)" >&2; exit 1',
  full: 'echo "ERROR: [Errno 28] No space left on device" >&2; exit 1',
  slow: 'echo part > "$TMPDIR/part"; exec /bin/sleep 30',
  other: 'echo x > "$dest/other.whl"',
};

/** A `python3` for an empty PATH, whose pip serves one wheel from the folder of the script. */
export async function fakePython(folder: string, behaviour: PipBehaviour): Promise<void> {
  const version = behaviour === "old" ? "18.1" : "24.0";
  const serve = `/bin/cp "${folder}/wheel" "$dest/made_up-1.0-py3-none-any.whl"`;
  const script = `#!/bin/sh
echo "$@" >> "${folder}/calls"
${behaviour === "missing" ? 'echo "No module named pip" >&2; exit 1' : ""}
if [ "$3" = "--version" ]; then echo "pip ${version} from /somewhere (python 3.11)"; exit 0; fi
while [ $# -gt 0 ]; do if [ "$1" = "--dest" ]; then dest="$2"; fi; shift; done
${DOWNLOADS[behaviour] ?? serve}
`;
  await Deno.writeTextFile(join(folder, "python3"), script);
  await Deno.chmod(join(folder, "python3"), 0o755);
}

/** Number of downloads by the fake pip. */
export async function downloads(folder: string): Promise<number> {
  const calls = await Deno.readTextFile(join(folder, "calls")).catch(() => "");
  return calls.split("\n").filter((line) => line.includes(" download ")).length;
}

/** Run with a folder that is removed afterwards. */
export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
