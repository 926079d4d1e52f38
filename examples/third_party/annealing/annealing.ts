/** A course of temperatures. */
export interface Cooling {
  /** T of the first step. */
  readonly first: number;
  /** T of the last step. */
  readonly last: number;
}

/**
 * T_k = T_0 · (T_n / T_0)^(k / n) for k of 0 to n.
 *
 * Source: Kirkpatrick, Gelatt, Vecchi, "Optimization by Simulated Annealing" (Science 220, 1983), whose
 * temperature falls by the same factor every time.
 *
 * @param step k.
 * @param steps n + 1.
 * @param cooling T_0 and T_n, above 0.
 * @returns The temperature; that of the first step where there is one only.
 */
export function temperatureAt(step: number, steps: number, { first, last }: Cooling): number {
  return first * (last / first) ** (step / Math.max(1, steps - 1));
}

/**
 * min(1, exp(gain / T)): the probability of a move.
 *
 * Source: Metropolis et al., "Equation of State Calculations by Fast Computing Machines" (1953).
 *
 * @param gain By how much the score rises.
 * @param temperature T, above 0.
 * @returns A probability.
 */
export function acceptance(gain: number, temperature: number): number {
  return Math.min(1, Math.exp(gain / temperature));
}
