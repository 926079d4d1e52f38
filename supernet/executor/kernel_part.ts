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
