/**
 * The few fields of TensorFlow's `ConfigProto` that the binding sets.
 *
 * @module
 */

// Field numbers and wire types of tensorflow/core/protobuf/config.proto, as protobuf tags.
const INTRA_OP_PARALLELISM_THREADS = 0x10;
const INTER_OP_PARALLELISM_THREADS = 0x28;
const GPU_OPTIONS = 0x32;
const GPU_ALLOW_GROWTH = 0x20;

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

/**
 * Encode the configuration of a context.
 *
 * @param threads Threads of one op; ops run one at a time.
 * @returns The protobuf.
 */
export function encodeConfig(threads: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    INTRA_OP_PARALLELISM_THREADS,
    ...varint(threads),
    INTER_OP_PARALLELISM_THREADS,
    ...varint(1),
    // Allocate GPU memory on demand instead of all at once.
    GPU_OPTIONS,
    2,
    GPU_ALLOW_GROWTH,
    1,
  ]);
}
