import type { HostTensor } from "@espalier/core";
import { damaged, unsupported } from "./fault.ts";

/** A weight as a manifest describes it. */
export interface WeightEntry {
  /** Its name, as in `conv1/kernel`. */
  readonly name: string;
  /** Dimensions. */
  readonly shape: readonly number[];
  /** Type of its numbers. */
  readonly dtype: string;
  /** How they are stored, if not as they are. */
  readonly quantization?: {
    readonly dtype: string;
    readonly min?: number;
    readonly scale?: number;
  };
}

/** A weight that was read. */
export interface NamedWeight extends HostTensor {
  /** Its name. */
  readonly name: string;
}

const SIZES: Readonly<Record<string, number>> = {
  ...{ float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 },
};

/**
 * Cut the joined shards of a group into weights, and undo their quantisation.
 *
 * @param entries The weights, in order.
 * @param options All bytes of the group, and what is read, for messages.
 * @returns Weights in 32-bit floats.
 * @throws {EspalierError} ERR_MODEL_CORRUPT if there are too few bytes or too many;
 * ERR_IMPORT_UNSUPPORTED for a type of numbers that is not known.
 */
export function decodeWeights(
  entries: readonly WeightEntry[],
  { bytes, place }: { readonly bytes: Uint8Array<ArrayBuffer>; readonly place: string },
): NamedWeight[] {
  let offset = 0;
  const weights = entries.map((entry): NamedWeight => {
    const { name, shape, dtype, quantization } = entry;
    const stored = quantization?.dtype ?? dtype;
    const size = SIZES[stored];
    if (size === undefined) {
      throw unsupported(place, `weight "${name}" is stored as ${stored}`, "Store it as float32");
    }
    const count = shape.reduce((a, b) => a * b, 1);
    const part = bytes.slice(offset, offset += count * size);
    if (part.length < count * size) {
      throw damaged(place, `the shards end inside the weight "${name}"`);
    }
    const { min = 0, scale = 1 } = quantization ?? {};
    const numbers = numbersOf(part.buffer, stored);
    const isPlain = quantization === undefined || stored === "float16";
    const values = isPlain
      ? Float32Array.from(numbers)
      : Float32Array.from(numbers, (value) => value * scale + min);
    return { name, shape, values };
  });
  if (offset < bytes.length) {
    throw damaged(place, `the shards hold ${bytes.length - offset} bytes more than the weights`);
  }
  return weights;
}

function numbersOf(buffer: ArrayBuffer, dtype: string): ArrayLike<number> & Iterable<number> {
  switch (dtype) {
    case "int32":
      return new Int32Array(buffer);
    case "uint16":
      return new Uint16Array(buffer);
    case "float16":
      return Float32Array.from(new Uint16Array(buffer), halfToFloat);
    case "float32":
      return new Float32Array(buffer);
    default:
      return new Uint8Array(buffer);
  }
}

/** A number of 16 bits: sign, 5 bits of exponent, 10 of fraction. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction > 0 ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
