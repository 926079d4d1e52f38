import { EspalierError } from "../errors.ts";
import { jsonFlaw } from "../json.ts";
import { sha256 } from "../sha256.ts";

// A header line, a line of JSON, then the bytes of the typed arrays one after the other, in the
// byte order of the machine (little-endian wherever TensorFlow.js runs). The digest in the header
// covers all that follows it.
const FORMAT = "espalier-artifact/1";

const TYPES = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
} as const;
type TypeName = keyof typeof TYPES;
type TypedArray = InstanceType<(typeof TYPES)[TypeName]>;

/** A typed array that was taken out of the JSON, which has null in its place. */
interface ArrayEntry {
  readonly path: readonly (string | number)[];
  readonly type: TypeName;
  readonly length: number;
}

function typeName(value: unknown): string | undefined {
  return ArrayBuffer.isView(value) ? Object(value)[Symbol.toStringTag] : undefined;
}

/** Whether a value is a typed array that artifacts may hold. */
export function isTypedArray(value: unknown): value is TypedArray {
  return (typeName(value) ?? "") in TYPES;
}

/**
 * Refuse what an artifact cannot hold.
 *
 * @throws {EspalierError} ERR_PHASE_MISUSE, which names the place.
 */
export function checkArtifact(value: unknown, subject: string): void {
  const flaw = jsonFlaw(value, isTypedArray);
  if (flaw === undefined) return;
  throw new EspalierError(
    "ERR_PHASE_MISUSE",
    `Cannot store ${subject} as it must be made of JSON and typed arrays: ` +
      `"${flaw.path}" is ${flaw.found}. Turn it into plain data first, tensors by their dataSync().`,
  );
}

/** The JSON of a value; typed arrays are collected with their places. */
function takeArrays(
  value: unknown,
  path: readonly (string | number)[],
  taken: (array: TypedArray, path: readonly (string | number)[]) => void,
): unknown {
  if (isTypedArray(value)) {
    taken(value, path);
    return null;
  }
  if (Array.isArray(value)) return value.map((entry, i) => takeArrays(entry, [...path, i], taken));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, takeArrays(entry, [...path, key], taken)]),
  );
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const line = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value)}\n`);

/** An artifact as bytes. */
export async function encodeArtifact(value: unknown): Promise<Uint8Array> {
  checkArtifact(value, "an artifact");
  const arrays: ArrayEntry[] = [];
  const parts: Uint8Array[] = [];
  const json = takeArrays(value, [], (array, path) => {
    arrays.push({ path, type: typeName(array) as TypeName, length: array.length });
    parts.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  });
  const body = join([line({ value: json, arrays }), ...parts]);
  return join([line({ format: FORMAT, sha256: await sha256(body) }), body]);
}

function corrupt(where: string, state: string, cause?: unknown): EspalierError {
  return new EspalierError(
    "ERR_ARTIFACT_CORRUPT",
    `Cannot read artifact ${where} as ${state}. Delete it, or run with fresh: true, and it is ` +
      `computed again.`,
    { cause },
  );
}

/** The JSON of the first line, and the bytes after it. */
function firstLine(bytes: Uint8Array): [json: unknown, rest: Uint8Array] {
  const end = bytes.indexOf(10);
  if (end < 0) throw new RangeError("a line does not end");
  return [JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))), bytes.subarray(end + 1)];
}

function putArray(root: { value: unknown }, entry: ArrayEntry, array: TypedArray): void {
  // deno-lint-ignore no-explicit-any -- walks JSON along a path that the encoder wrote
  let at: any = root;
  const path = ["value", ...entry.path];
  for (const key of path.slice(0, -1)) at = at[key];
  at[path.at(-1)!] = array;
}

/**
 * The artifact of some bytes.
 *
 * @throws {EspalierError} ERR_ARTIFACT_CORRUPT, which names `where`.
 */
export async function decodeArtifact(bytes: Uint8Array, where: string): Promise<unknown> {
  let header: { format?: unknown; sha256?: unknown };
  let body: Uint8Array;
  try {
    const [json, rest] = firstLine(bytes);
    [header, body] = [Object(json), rest];
  } catch (error) {
    throw corrupt(where, "its first line is no header", error);
  }
  if (header.format !== FORMAT) {
    throw corrupt(where, `its format must be ${FORMAT}: ${String(header.format)}`);
  }
  const digest = await sha256(body);
  if (digest !== header.sha256) {
    throw corrupt(where, `its digest must be ${String(header.sha256)}: ${digest}`);
  }
  const [json, rest] = firstLine(body);
  const root = json as { value: unknown; arrays: ArrayEntry[] };
  let offset = rest.byteOffset;
  for (const entry of root.arrays) {
    const type = TYPES[entry.type];
    const size = entry.length * type.BYTES_PER_ELEMENT;
    putArray(root, entry, new type(rest.buffer.slice(offset, offset + size) as ArrayBuffer));
    offset += size;
  }
  return root.value;
}
