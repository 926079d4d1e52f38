/**
 * Registration of the kernels and gradients that the native engine replaces or adds.
 *
 * tfjs-node refuses padding by number, takes several slow ops where TensorFlow has one fast op, and
 * meets a bug of oneDNN (kernel_overrun.ts). The `Espalier*` kernels are the named passes of
 * `@espalier/supernet`.
 *
 * @module
 */
import {
  batchNormGradient,
  batchNormKernel,
  channelSumsGradient,
  channelSumsKernel,
} from "./batch_norm.ts";
import { convolutionKernels } from "./convolution.ts";
import { registerGradient, registerKernel } from "./override.ts";
import { poolKernels } from "./pool.ts";
import { residualKernels } from "./residual.ts";
import { reluGradients, reluKernels } from "./relu.ts";
import { stepKernel } from "./step.ts";
import { unitKernels } from "./unit.ts";

let isRegistered = false;

/** Register all kernels and gradients; a second call does nothing. */
export function registerKernels(): void {
  if (isRegistered) return;
  isRegistered = true;
  [
    ...convolutionKernels,
    ...poolKernels,
    ...reluKernels,
    stepKernel,
    batchNormKernel,
    channelSumsKernel,
    ...unitKernels,
    ...residualKernels,
  ].forEach(registerKernel);
  [...reluGradients, batchNormGradient, channelSumsGradient]
    .forEach(registerGradient);
}
