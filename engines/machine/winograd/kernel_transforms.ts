/**
 * The transforms of a convolution's 3 × 3 kernels, and back of their gradients, a vector of output
 * channels at a time.
 *
 * @module
 */
import { Assembler, type Form, type Memory, registers, type Vector } from "../assemble.ts";
import { columnsOf, FLOAT, formOf, setTailMask } from "../columns.ts";
import { loadArguments, namesOf, type Routine } from "../routine.ts";
import { matrixPanels } from "./planes.ts";

const { rax, rsi, rdx, rdi } = registers;
/** `half` are the bits of 0.5. */
const ARGUMENTS = { kernel: rsi, planes: rdx, half: rdi } as const;
const COUNT = rax;
const TAIL = 1;
const HALF: Vector = 31;

/** 0.5 in the bits of a float. */
export const HALF_BITS = 0x3f000000n;

/** Sizes of a convolution's kernel: [3, 3, depth, width]. */
export interface KernelSize {
  /** Channels of the input. */
  readonly depth: number;
  /** Rows of a plane, at least as many. */
  readonly rows: number;
  /** Channels of the output. */
  readonly width: number;
}

/** A vector of channels of a kernel. */
interface Place {
  readonly a: Assembler;
  /** Its numbers at a tap, 0 to 8, and how to read or write them. */
  readonly tap: (index: number) => Memory;
  readonly form: Form;
  /** Its numbers in a plane. */
  readonly plane: (index: number) => Memory;
  readonly whole: Form;
}

/** A routine that does something for each vector. */
function assemble(
  { depth, rows, width }: KernelSize,
  body: (place: Place) => void,
): Uint8Array<ArrayBuffer> {
  const a = new Assembler();
  const { kernel, planes } = ARGUMENTS;
  setTailMask(a, TAIL, { channels: width, spare: rax });
  a.splat(HALF, { base: rdi, offset: 8 * namesOf(ARGUMENTS).indexOf("half") });
  loadArguments(a, { kernel, planes });
  for (const panel of matrixPanels(rows, width)) {
    const again = a.label();
    a.set(COUNT, depth);
    a.place(again);
    for (const column of columnsOf(panel.channels)) {
      const tap = (index: number): Memory => ({
        base: kernel,
        offset: (index * depth * width + panel.first) * FLOAT + column.offset,
      });
      const plane = (index: number): Memory => ({
        base: planes,
        offset: panel.start + index * panel.plane + column.offset,
      });
      body({ a, tap, plane, form: formOf(column, TAIL)!, whole: { bytes: column.bytes } });
    }
    a.increase(kernel, width * FLOAT);
    a.increase(planes, panel.row);
    a.decrease(COUNT, 1);
    a.jump("notEqual", again);
    a.decrease(kernel, depth * width * FLOAT);
    a.decrease(planes, depth * panel.row);
  }
  a.ret();
  return a.finish();
}

type Three = readonly [Vector, Vector, Vector];

/** G·g of three numbers: the first, (g0 + g2)/2 ± g1/2, the last. g1 is overwritten. */
function spread({ a, whole }: Place, [g0, g1, g2]: Three, [plus, minus]: [Vector, Vector]): void {
  a.add(plus, [g0, g2], whole);
  a.multiply(plus, [plus, HALF], whole);
  a.multiply(g1, [g1, HALF], whole);
  a.minus(minus, [plus, g1], whole);
  a.add(plus, [plus, g1], whole);
}

/** G g Gᵀ. Vectors 0 to 8 are the taps, 9 to 14 the two rows between the first and the last. */
function transform(place: Place): void {
  const { a, tap, form, plane, whole } = place;
  for (let index = 0; index < 9; index++) {
    a.load(index, tap(index), { ...form, zeroing: form.mask !== undefined });
  }
  for (let x = 0; x < 3; x++) spread(place, [x, 3 + x, 6 + x], [9 + x, 12 + x]);
  [0, 9, 12, 6].forEach((first, y) => {
    const [plus, minus] = [15, 16];
    spread(place, [first, first + 1, first + 2], [plus, minus]);
    [first, plus, minus, first + 2].forEach((result, x) =>
      a.store(plane(4 * y + x), result, whole)
    );
  });
}

/**
 * Gᵀ·u of four numbers, the last with its sign turned: u0 + (u1 + u2)/2, (u1 − u2)/2 and
 * (u1 + u2)/2 − u3. u1 is overwritten.
 */
function gather(
  { a, whole }: Place,
  [u0, u1, u2, u3]: readonly [Vector, Vector, Vector, Vector],
  [k0, k1, k2]: Three,
): void {
  a.minus(k1, [u1, u2], whole);
  a.multiply(k1, [k1, HALF], whole);
  a.add(u1, [u1, u2], whole);
  a.multiply(u1, [u1, HALF], whole);
  a.add(k0, [u0, u1], whole);
  a.minus(k2, [u1, u3], whole);
}

/** Gᵀ u G. Vectors 0 to 11 are three rows of four. */
function transformBack(place: Place): void {
  const { a, tap, form, plane, whole } = place;
  for (let x = 0; x < 4; x++) {
    for (let y = 0; y < 4; y++) a.load(16 + y, plane(4 * y + x), whole);
    gather(place, [16, 17, 18, 19], [x, 4 + x, 8 + x]);
  }
  for (let y = 0; y < 3; y++) {
    const first = 4 * y;
    gather(place, [first, first + 1, first + 2, first + 3], [16, 17, 18]);
    for (let x = 0; x < 3; x++) a.store(tap(3 * y + x), 16 + x, form);
  }
}

/** Writes the planes of a kernel. */
export const kernelTransform: Routine<KernelSize, keyof typeof ARGUMENTS> = {
  name: "winogradKernel",
  parameters: namesOf(ARGUMENTS),
  assemble: (size) => assemble(size, transform),
};

/** Writes the kernel's gradient, given that of its planes with the signs of `transformGradient`. */
export const kernelGradientTransform: Routine<KernelSize, keyof typeof ARGUMENTS> = {
  name: "winogradKernelGradient",
  parameters: namesOf(ARGUMENTS),
  assemble: (size) => assemble(size, transformBack),
};
