/**
 * Everything that the native engine puts right.
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
