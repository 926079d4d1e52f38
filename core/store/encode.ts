import * as z from "zod";
import { EspalierError } from "../errors.ts";
import { jsonFlaw, pathText } from "../json.ts";
import { sha256 } from "../sha256.ts";

// A header line, a line of JSON, then the bytes of the typed arrays one after the other, in the
// byte order of the machine (little-endian wherever TensorFlow.js runs). The digest in the header
// covers all that follows it. The JSON has the key, so that a file under another's name is noticed.
const FORMAT = "espalier-artifact/2";

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
type TypedArray =
  | (Int8Array | Int16Array | Int32Array)
  | (Uint8Array | Uint8ClampedArray | Uint16Array | Uint32Array)
  | (Float32Array | Float64Array);

const SIZE = z.int().nonnegative();

/** A typed array that was taken out of the JSON, which has null in its place. */
const ENTRY = z.strictObject({
  path: z.array(z.union([z.string(), SIZE])),
  type: z.enum(Object.keys(TYPES) as [TypeName]),
  length: SIZE,
});
type ArrayEntry = z.infer<typeof ENTRY>;

const BODY = z.strictObject({
  key: z.string().optional(),
  value: z.unknown(),
  arrays: z.array(ENTRY),
});

function typeName(value: unknown): string | undefined {
  return ArrayBuffer.isView(value) ? Object(value)[Symbol.toStringTag] : undefined;
}

/** Whether a value is a typed array that artifacts may hold. */
export function isTypedArray(value: unknown): value is TypedArray {
  return Object.hasOwn(TYPES, typeName(value) ?? "");
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

/** An artifact as bytes, with the key that it is stored under, if it is. */
export async function encodeArtifact(value: unknown, key?: string): Promise<Uint8Array> {
  checkArtifact(value, "an artifact");
  const arrays: ArrayEntry[] = [];
  const parts: Uint8Array[] = [];
  const json = takeArrays(value, [], (array, path) => {
    arrays.push({ path: [...path], type: typeName(array) as TypeName, length: array.length });
    parts.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  });
  const body = join([line({ key, value: json, arrays }), ...parts]);
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

/** Put an array where the encoder took it from: a place that is there, and null. */
function putArray(root: object, { path }: ArrayEntry, array: TypedArray): void {
  let at: unknown = root;
  const places = ["value", ...path];
  for (const [i, place] of places.entries()) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, place)) {
      throw new RangeError(`nothing is at ${pathText(path)}`);
    }
    const holder = at as Record<string | number, unknown>;
    at = holder[place];
    if (i < places.length - 1) continue;
    if (at !== null) throw new RangeError(`${pathText(path)} holds another value`);
    holder[place] = array;
  }
}

const issueText = ({ path, message }: { path: PropertyKey[]; message: string }): string =>
  `${pathText(path)}: ${message}`;

/** The artifact of a body whose digest is right, which says nothing about who wrote it. */
function readBody(body: Uint8Array, key: string | undefined): unknown {
  const [json, rest] = firstLine(body);
  const { success, data: root, error } = BODY.safeParse(json);
  if (!success) throw new RangeError(error.issues.map(issueText).join("; "));
  if (root.key !== key) throw new RangeError(`it was stored under the key ${root.key}`);
  const flaw = jsonFlaw(root.value);
  if (flaw !== undefined) throw new RangeError(`"${flaw.path}" is ${flaw.found}`);
  const sizes = root.arrays.map(({ type, length }) => length * TYPES[type].BYTES_PER_ELEMENT);
  const size = sizes.reduce((sum, bytes) => sum + bytes, 0);
  if (size !== rest.length) throw new RangeError(`its arrays hold ${size} bytes of ${rest.length}`);
  let offset = rest.byteOffset;
  for (const [i, entry] of root.arrays.entries()) {
    const end = offset + sizes[i]!;
    const bytes = rest.buffer.slice(offset, end) as ArrayBuffer;
    putArray(root, entry, new TYPES[entry.type](bytes));
    offset = end;
  }
  return root.value;
}

/**
 * The artifact of some bytes.
 *
 * @throws {EspalierError} ERR_ARTIFACT_CORRUPT, which names `where`, if they are damaged, no
 * artifact, or that of another key.
 */
export async function decodeArtifact(
  bytes: Uint8Array,
  { where, key }: { readonly where: string; readonly key?: string },
): Promise<unknown> {
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
  try {
    return readBody(body, key);
  } catch (error) {
    throw corrupt(where, `its content is no artifact: ${(error as Error).message}`, error);
  }
}
