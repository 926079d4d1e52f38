/**
 * G g Gᵀ of all 3 × 3 kernels of a convolution, a vector of output channels at a time.
 *
 * @module
 */
import { Assembler, type Form, registers, type Vector } from "../assemble.ts";
import { columnsOf, FLOAT, formOf, setTail } from "../columns.ts";
import { type Kernel, loadArguments, namesOf } from "../kernel.ts";
import { matrixPanels } from "./planes.ts";

const { rax, rsi, rdx, rdi } = registers;
const ARGUMENTS = { kernel: rsi, planes: rdx, half: rdi } as const;
const COUNT = rax;
const TAIL = 1;
const HALF: Vector = 31;

/** Sizes of a convolution's kernel: [3, 3, depth, width]. */
export interface KernelSize {
  readonly depth: number;
  readonly width: number;
}

/** G·g of three numbers; the first and the last stay what they are. */
function combine(
  a: Assembler,
  [g0, g1, g2]: readonly [Vector, Vector, Vector],
  { plus, minus, form }: { readonly plus: Vector; readonly minus: Vector; readonly form: Form },
): void {
  a.add(plus, [g0, g2], form);
  a.multiply(plus, [plus, HALF], form);
  a.multiply(g1, [g1, HALF], form);
  a.minus(minus, [plus, g1], form);
  a.add(plus, [plus, g1], form);
}

/** The routine. Vectors 0 to 8 are the kernel's taps, 9 to 14 what comes of columns. */
function assemble({ depth, width }: KernelSize): Uint8Array<ArrayBuffer> {
  const a = new Assembler();
  setTail(a, TAIL, { channels: width, spare: rax });
  a.splat(HALF, { base: rdi, offset: 8 * 2 });
  loadArguments(a, { kernel: rsi, planes: rdx });
  for (const panel of matrixPanels(depth, width)) {
    const again = a.label();
    a.set(COUNT, depth);
    a.place(again);
    for (const column of columnsOf(panel.channels)) {
      const form = formOf(column, TAIL)!;
      const { bytes } = column;
      for (let tap = 0; tap < 9; tap++) {
        const offset = (tap * depth * width + panel.first) * FLOAT + column.offset;
        a.load(tap, { base: ARGUMENTS.kernel, offset }, {
          ...form,
          zeroing: form.mask !== undefined,
        });
      }
      for (let x = 0; x < 3; x++) {
        combine(a, [x, 3 + x, 6 + x], { plus: 9 + x, minus: 12 + x, form: { bytes } });
      }
      [0, 9, 12, 6].forEach((first, y) => {
        const [plus, minus] = [15, 16];
        combine(a, [first, first + 1, first + 2], { plus, minus, form: { bytes } });
        [first, plus, minus, first + 2].forEach((result, x) =>
          a.store(
            {
              base: ARGUMENTS.planes,
              offset: panel.start + (4 * y + x) * panel.plane + column.offset,
            },
            result,
            { bytes },
          )
        );
      });
    }
    a.increase(ARGUMENTS.kernel, width * FLOAT);
    a.increase(ARGUMENTS.planes, panel.row);
    a.decrease(COUNT, 1);
    a.jump("notEqual", again);
    a.decrease(ARGUMENTS.kernel, depth * width * FLOAT);
    a.decrease(ARGUMENTS.planes, depth * panel.row);
  }
  a.leave();
  return a.finish();
}

/** The kernel of the kernels. */
export const kernelTransform: Kernel<KernelSize, keyof typeof ARGUMENTS> = {
  name: "winogradKernel",
  parameters: namesOf(ARGUMENTS),
  assemble,
};
