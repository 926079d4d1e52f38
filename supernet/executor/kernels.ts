/**
 * The kernels of units, as features: each is run, and goes back to what it read and to its weights.
 *
 * @module
 */
import { weightOwner } from "@espalier/blueprint";
import type { Padding, Size } from "@espalier/core";
import { dilateTaps, firstEntries, gatherTaps, spreadEntries } from "./kernel_part.ts";
import type { Convolution, Feature } from "./ops.ts";
import type { UnitStep } from "./program.ts";
import { addGradient, addValueGradient, type PassState } from "./state.ts";
import type { UnitNode } from "./unit_node.ts";

/** A kernel that was run; its output has a reference. */
export interface KernelPass extends Disposable {
  /** [batch, height', width', channels]. */
  readonly output: Feature;
  /** Go back from the gradient of the output. */
  back(dO: Feature): void;
}

/** Window of a kernel. */
interface Window {
  readonly kernel: Size;
  readonly strides: Size;
  readonly padding: Padding;
  readonly dilation: Size;
}

const ONE: Window = { kernel: [1, 1], strides: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1] };

/** Run the kernel of a unit, if it has one. */
export function runKernel(
  state: PassState,
  { node, sources: [source] }: UnitStep,
  channels: number,
): KernelPass {
  const x = state.values.get(source!)!;
  const options = { source: source!, x, channels };
  switch (node.op) {
    case "conv":
      return runSliding(state, node, { ...options, window: node, isDeep: false });
    case "dense":
      return runSliding(state, node, { ...options, window: ONE, isDeep: false });
    case "depthwise-conv":
      return runSliding(state, node, { ...options, window: node, isDeep: true });
    default:
      return {
        output: state.ledger.hold(x),
        back: (dO) => addValueGradient(state, source!, dO),
        [Symbol.dispose]() {},
      };
  }
}

/** Run a convolution, or a depthwise one, which reads each channel by itself. */
function runSliding(
  state: PassState,
  node: UnitNode,
  { source, x, channels, window: { kernel: size, dilation, ...window }, isDeep }: {
    readonly source: string;
    readonly x: Feature;
    readonly channels: number;
    readonly window: Window;
    readonly isDeep: boolean;
  },
): KernelPass {
  const { ops, pass, ledger, gradients } = state;
  const name = `${weightOwner(node)}/kernel`;
  const [from, to] = isDeep ? [1, channels] : [x.shape[3], channels];
  const whole = pass.shapeOf(name).slice(-2) as [number, number];
  const place = {
    ...{ positions: size[0] * size[1], part: [from, to] as const },
    // Of a depthwise kernel [rows, columns, channels, 1].
    whole: isDeep ? [1, whole[0]] as const : whole,
  };
  const taps = { size, dilation, entries: from * to };
  const { kernel, size: [rows, columns] } = dilateTaps(
    firstEntries(pass.weights(name), place),
    taps,
  );
  const convolution: Convolution = isDeep
    ? ops.depthwise(x, { ...window, kernel, shape: [rows, columns, to] })
    : ops.convolve(x, { ...window, kernel, shape: [rows, columns, from, to] });
  return {
    output: ledger.hold(convolution.output),
    back(dO) {
      if (!state.constants.has(source)) {
        const dx = ledger.hold(convolution.inputGradient(dO));
        addValueGradient(state, source, dx);
        ledger.release(dx);
      }
      if (pass.frozen) return;
      const part = gatherTaps(convolution.kernelGradient(dO), taps);
      addGradient(gradients.weights, name, spreadEntries(part, place));
    },
    [Symbol.dispose]: () => convolution[Symbol.dispose](),
  };
}
