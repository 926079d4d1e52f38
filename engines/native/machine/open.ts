/**
 * Opening the passes.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { assembleAffine } from "./affine.ts";
import { machinePassesAvailable } from "./available.ts";
import { FLOAT, LANES, type Panel, panelsOf, vectorsOf } from "./columns.ts";
import { openExecutableMemory, type Routine } from "./executable.ts";
import { assembleGradient } from "./gradient.ts";
import type {
  AffineOptions,
  Gradient,
  GradientOptions,
  MachinePasses,
  Moments,
  MomentsOptions,
  Rows,
} from "./machine_passes.ts";
import { assembleMoments } from "./moments.ts";
import { type Region, Workspace } from "./workspace.ts";

const DOUBLE = 8;

/**
 * Open the passes, for the thread that calls.
 *
 * @returns The passes; dispose them when the thread is done.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE` where {@linkcode machinePassesAvailable} is false.
 */
export function openMachinePasses(): MachinePasses {
  if (machinePassesAvailable()) return new OpenPasses();
  throw new EspalierError(
    "ERR_ENGINE_UNAVAILABLE",
    "Cannot open the machine passes as they need Linux on x86-64 with AVX-512, and Deno with " +
      "--allow-ffi and --allow-read. Ask machinePassesAvailable() first.",
  );
}

/** Wrong sizes would write into foreign memory. */
function requireFit(isFitting: boolean, rule: string): void {
  if (isFitting) return;
  throw new EspalierError("ERR_ENGINE_FAILED", `Cannot run a machine pass as ${rule}`);
}

function requireRows(rows: number): void {
  requireFit(
    Number.isInteger(rows) && rows >= 0 && rows < 2 ** 31,
    `the number of rows is a whole number: ${rows}`,
  );
}

const floatsOf = (channels: number): number => LANES * vectorsOf(channels);
/** Address of a panel's first channel. */
const startOf = ({ address }: Rows, { first }: Panel): bigint => address + BigInt(FLOAT * first);

/** Copy some columns of a matrix, its rows padded with zeros to whole vectors. */
function pack(
  target: Float32Array,
  source: Float32Array,
  { width, panel: { first, channels } }: { readonly width: number; readonly panel: Panel },
): void {
  const floats = floatsOf(channels);
  target.fill(0);
  for (let from = first, to = 0; from < source.length; from += width, to += floats) {
    target.set(source.subarray(from, from + channels), to);
  }
}

/** Copy sums out of rows of whole vectors. */
function unpack(
  target: Float64Array,
  source: Float64Array,
  { width, panel: { first, channels } }: { readonly width: number; readonly panel: Panel },
): void {
  const floats = floatsOf(channels);
  for (let to = first, from = 0; to < target.length; to += width, from += floats) {
    target.set(source.subarray(from, from + channels), to);
  }
}

const doubles = ({ floats }: Region): Float64Array =>
  new Float64Array(floats.buffer, floats.byteOffset, floats.length / 2);

class OpenPasses implements MachinePasses {
  readonly #code = openExecutableMemory();
  readonly #routines = new Map<string, Routine>();
  readonly #workspace = new Workspace();
  readonly #arguments = new BigUint64Array(16);
  readonly #argumentsAddress: bigint = BigInt(
    Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#arguments)),
  );

  #run<S>(
    { name, shape, assemble }: {
      readonly name: string;
      readonly shape: S;
      readonly assemble: (shape: S) => Uint8Array;
    },
    parameters: readonly bigint[],
  ): void {
    const key = name + JSON.stringify(shape);
    let routine = this.#routines.get(key);
    if (!routine) this.#routines.set(key, routine = this.#code.load(assemble(shape)));
    this.#arguments.set(parameters);
    routine(this.#argumentsAddress);
  }

  moments(x: Rows, { rows }: MomentsOptions): Moments {
    requireRows(rows);
    const width = x.channels;
    const [sums, squares] = [new Float64Array(width), new Float64Array(width)];
    for (const panel of panelsOf(width)) {
      const size = floatsOf(panel.channels);
      const [region] = this.#workspace.regions(2 * size * DOUBLE) as [Region];
      const found = doubles(region).fill(0);
      this.#run(
        { name: "moments", shape: { channels: panel.channels, width }, assemble: assembleMoments },
        [startOf(x, panel), BigInt(rows), region.address],
      );
      unpack(sums, found, { width, panel });
      unpack(squares, found.subarray(size), { width, panel });
    }
    return { sums, squares };
  }

  affine(x: Rows, options: AffineOptions): void {
    const { rows, matrix, diagonal, bias, residual, scale, relu, y } = options;
    const [depth, width] = [x.channels, bias.length];
    requireRows(rows);
    requireFit(
      matrix.length === (diagonal ? width : depth * width) && (!diagonal || width <= depth),
      `the matrix has a row of ${width} for each of ${depth} channels, or a diagonal: found ` +
        `${matrix.length} numbers`,
    );
    requireFit(y.channels === width, `y has the bias's ${width} channels: found ${y.channels}`);
    requireFit(
      (scale?.length ?? width) === width,
      `the scale has a number for each of ${width} channels: found ${scale?.length}`,
    );
    for (const panel of panelsOf(width)) {
      const bytes = floatsOf(panel.channels) * FLOAT;
      const regions = this.#workspace.regions(diagonal ? bytes : depth * bytes, bytes, bytes);
      const [matrixes, biases, scales] = regions as [Region, Region, Region];
      pack(matrixes.floats, matrix, { width, panel });
      pack(biases.floats, bias, { width, panel });
      if (scale) pack(scales.floats, scale, { width, panel });
      const shared = Math.min(panel.channels, (residual?.channels ?? 0) - panel.first);
      const shape = {
        ...{ depth, channels: panel.channels, width, diagonal, relu },
        residual: residual && shared > 0
          ? { width: residual.channels, channels: shared, scaled: scale !== undefined }
          : undefined,
      };
      this.#run({ name: "affine", shape, assemble: assembleAffine }, [
        diagonal ? startOf(x, panel) : x.address,
        startOf(y, panel),
        residual ? startOf(residual, panel) : 0n,
        BigInt(rows),
        ...regions.map(({ address }) => address),
      ]);
    }
  }

  gradient(x: Rows, { rows, dys, y, diagonal, d }: GradientOptions): Gradient {
    const [depth, width] = [x.channels, d.channels];
    requireRows(rows);
    requireFit(
      (dys.length === 1 || dys.length === 2) && dys.every(({ channels }) => channels >= width),
      `there are 1 or 2 gradients of at least ${width} channels: found ` +
        `[${dys.map(({ channels }) => channels)}]`,
    );
    requireFit(
      (y?.channels ?? width) === width,
      `y and d have as many channels: found ${y?.channels} and ${width}`,
    );
    requireFit(!diagonal || width <= depth, `x has the ${width} channels of d: found ${depth}`);
    const bias = new Float64Array(width);
    const matrix = new Float64Array(diagonal ? width : depth * width);
    for (const panel of panelsOf(width)) {
      const size = floatsOf(panel.channels);
      const [sums] = this.#workspace.regions((1 + (diagonal ? 1 : depth)) * size * DOUBLE) as [
        Region,
      ];
      const found = doubles(sums).fill(0);
      const shape = {
        ...{ depth, channels: panel.channels, width, dys: dys.map(({ channels }) => channels) },
        ...{ masked: y !== undefined, diagonal },
      };
      this.#run({ name: "gradient", shape, assemble: assembleGradient }, [
        diagonal ? startOf(x, panel) : x.address,
        startOf(d, panel),
        startOf(dys[0]!, panel),
        startOf(dys[1] ?? dys[0]!, panel),
        y ? startOf(y, panel) : 0n,
        BigInt(rows),
        sums.address,
      ]);
      unpack(bias, found, { width, panel });
      unpack(matrix, found.subarray(size), { width, panel });
    }
    return { bias, matrix };
  }

  [Symbol.dispose](): void {
    this.#routines.clear();
    this.#code[Symbol.dispose]();
  }
}
