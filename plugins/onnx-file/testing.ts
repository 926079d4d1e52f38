/** Reads protobuf messages back, for the tests of this folder. */

/** A field of a message as it was read: its number, and a number, bytes or a float. */
export type ReadField = readonly [number: number, value: number | Uint8Array];

/** The fields of a message, in order. */
export function fieldsOf(bytes: Uint8Array): ReadField[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fields: ReadField[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1;; factor *= 128) {
      const byte = bytes[at++]!;
      value += byte % 128 * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, kind] = [Math.floor(tag / 8), tag % 8];
    if (kind === 0) fields.push([number, varint()]);
    else if (kind === 5) fields.push([number, view.getFloat32((at += 4) - 4, true)]);
    else {
      const length = varint();
      fields.push([number, bytes.subarray(at, at += length)]);
    }
  }
  return fields;
}

/** Values of a field, once a repetition. */
export function valuesOf(bytes: Uint8Array, number: number): ReadField[1][] {
  return fieldsOf(bytes).flatMap(([found, value]) => found === number ? [value] : []);
}

/** Operators of an ONNX model, in order. */
export function operatorsOf(model: Uint8Array): string[] {
  const [graph] = valuesOf(model, 7) as [Uint8Array];
  return valuesOf(graph, 1).map((node) =>
    new TextDecoder().decode(valuesOf(node as Uint8Array, 4)[0] as Uint8Array)
  );
}
