/** Sources for the tests of this folder. */
import type { Numbers, Source } from "@espalier/core";

/** The same numbers as a source, which counts what is read. */
export function sourceOf(
  numbers: Numbers,
  size: number,
): Source & { readonly reads: Int32Array[]; held(): number } {
  const reads: Int32Array[] = [];
  const kind = numbers instanceof Uint8Array
    ? "bytes"
    : numbers instanceof Int32Array
    ? "integers"
    : "floats";
  const Type = { bytes: Uint8Array, integers: Int32Array, floats: Float32Array }[kind];
  return {
    count: numbers.length / size,
    size,
    kind,
    reads,
    held: () => reads.reduce((sum, indices) => sum + indices.length, 0),
    async read(indices) {
      reads.push(Int32Array.from(indices));
      await new Promise((resolve) => setTimeout(resolve));
      const made = new Type(indices.length * size);
      for (let i = 0; i < indices.length; i++) {
        made.set(numbers.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
      }
      return made;
    },
  };
}
