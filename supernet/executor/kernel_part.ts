import type { Size } from "@espalier/core";

/** The first channels of a kernel, in and out. */
interface KernelPart {
  /** Taps. */
  readonly positions: number;
  /** Channels in and out of the whole kernel. */
  readonly whole: readonly [from: number, to: number];
  /** Channels in and out of the part. */
  readonly part: readonly [from: number, to: number];
}

function isWhole({ whole, part }: KernelPart): boolean {
  return whole[0] === part[0] && whole[1] === part[1];
}

/** The part of a kernel, [taps, in, out]. */
export function firstEntries(kernel: Float32Array, place: KernelPart): Float32Array {
  const { positions, whole, part: [from, to] } = place;
  if (isWhole(place)) return kernel;
  const part = new Float32Array(positions * from * to);
  for (let p = 0, at = 0; p < positions; p++) {
    for (let i = 0; i < from; i++, at += to) {
      const start = (p * whole[0] + i) * whole[1];
      for (let j = 0; j < to; j++) part[at + j] = kernel[start + j]!;
    }
  }
  return part;
}

/** A kernel that holds the part, and zeros elsewhere. */
export function spreadEntries(part: Float32Array, place: KernelPart): Float32Array {
  const { positions, whole, part: [from, to] } = place;
  if (isWhole(place)) return part;
  const kernel = new Float32Array(positions * whole[0] * whole[1]);
  for (let p = 0, at = 0; p < positions; p++) {
    for (let i = 0; i < from; i++, at += to) {
      const start = (p * whole[0] + i) * whole[1];
      for (let j = 0; j < to; j++) kernel[start + j] = part[at + j]!;
    }
  }
  return kernel;
}

/** Taps of a dilated kernel. */
interface Taps {
  /** Rows and columns. */
  readonly size: Size;
  /** Step between them. */
  readonly dilation: Size;
  /** Numbers of each tap. */
  readonly entries: number;
}

/** Where each tap of a dilated kernel lies in one with zeros between the taps. */
function* tapsOf({ size: [rows, columns], dilation: [dy, dx] }: Taps) {
  const width = (columns - 1) * dx + 1;
  for (let y = 0, tap = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, tap++) yield { tap, place: y * dy * width + x * dx };
  }
}

const isDense = ({ dilation: [dy, dx] }: Taps): boolean => dy === 1 && dx === 1;

/** A kernel with zeros between its taps: engines lack the gradients of dilated convolutions. */
export function dilateTaps(
  kernel: Float32Array,
  taps: Taps,
): { readonly kernel: Float32Array; readonly size: Size } {
  const { size, dilation, entries } = taps;
  if (isDense(taps)) return { kernel, size };
  const spread: Size = [(size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1];
  const dilated = new Float32Array(spread[0] * spread[1] * entries);
  for (const { tap, place } of tapsOf(taps)) {
    dilated.set(kernel.subarray(tap * entries, (tap + 1) * entries), place * entries);
  }
  return { kernel: dilated, size: spread };
}

/** The taps back out of a kernel with zeros between them. */
export function gatherTaps(dilated: Float32Array, taps: Taps): Float32Array {
  const { size, entries } = taps;
  if (isDense(taps)) return dilated;
  const kernel = new Float32Array(size[0] * size[1] * entries);
  for (const { tap, place } of tapsOf(taps)) {
    kernel.set(dilated.subarray(place * entries, (place + 1) * entries), tap * entries);
  }
  return kernel;
}
