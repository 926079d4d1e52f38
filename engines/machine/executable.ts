/**
 * Executable memory.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";

const LIBC = {
  mmap: { parameters: ["u64", "usize", "i32", "i32", "i32", "i64"], result: "u64" },
  mprotect: { parameters: ["u64", "usize", "i32"], result: "i32" },
  munmap: { parameters: ["u64", "usize"], result: "i32" },
} as const;

const READ = 1;
const WRITE = 2;
const EXECUTE = 4;
const PRIVATE_ANONYMOUS = 0x22;
const FAILED = 2n ** 64n - 1n;

const ENTRY_POINT = { parameters: ["u64"], result: "void" } as const;

/** Bytes mapped at once, as a routine has 1 to 20 kB. */
const MAPPING = 1 << 18;
/** Routines start on a cache line. */
const ALIGNMENT = 64;

/** Machine code that takes the address of its arguments. */
export type EntryPoint = (parameters: bigint) => void;

/** Holds machine code. */
export interface ExecutableMemory extends Disposable {
  /**
   * Copy a routine into executable memory.
   *
   * @param code The routine: System V calling convention, one parameter.
   * @returns A function that calls it, until the memory is disposed.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when the system gives no memory.
   */
  load(code: Uint8Array): EntryPoint;
}

interface Mapping {
  readonly address: bigint;
  readonly bytes: number;
}

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** Open the memory; it is empty. */
export function openExecutableMemory(): ExecutableMemory {
  return new OpenMemory();
}

class OpenMemory implements ExecutableMemory {
  readonly #libc = Deno.dlopen("libc.so.6", LIBC);
  readonly #mappings: Mapping[] = [];
  #used = 0;
  #isOpen = true;

  load(code: Uint8Array): EntryPoint {
    const { address } = this.#room(code.length);
    const at = address + BigInt(this.#used);
    this.#write(at, code);
    this.#used = roundUp(this.#used + code.length, ALIGNMENT);
    const pointer = Deno.UnsafePointer.create(at)!;
    const routine = new Deno.UnsafeFnPointer(
      pointer as Deno.PointerObject<typeof ENTRY_POINT>,
      ENTRY_POINT,
    );
    return (parameters) => {
      this.#assertOpen();
      routine.call(parameters);
    };
  }

  #assertOpen(): void {
    if (this.#isOpen) return;
    throw new EspalierError(
      "ERR_ENGINE_FAILED",
      "Cannot run machine code as its memory was disposed. Open the passes anew.",
    );
  }

  /** The last mapping, or a new one where the code does not fit. */
  #room(bytes: number): Mapping {
    this.#assertOpen();
    const last = this.#mappings.at(-1);
    if (last && this.#used + bytes <= last.bytes) return last;
    const size = roundUp(bytes, MAPPING);
    const address = this.#libc.symbols.mmap(0n, BigInt(size), READ, PRIVATE_ANONYMOUS, -1, 0n);
    if (address === FAILED) throw refused("map");
    const mapping = { address, bytes: size };
    this.#mappings.push(mapping);
    this.#used = 0;
    return mapping;
  }

  /** Never writable and executable at once (W^X). */
  #write(address: bigint, code: Uint8Array): void {
    const mapping = this.#mappings.at(-1)!;
    this.#protect(mapping, READ | WRITE);
    const pointer = Deno.UnsafePointer.create(address)!;
    new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, code.length)).set(code);
    this.#protect(mapping, READ | EXECUTE);
  }

  #protect({ address, bytes }: Mapping, access: number): void {
    if (this.#libc.symbols.mprotect(address, BigInt(bytes), access) !== 0) throw refused("protect");
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const { address, bytes } of this.#mappings) {
      this.#libc.symbols.munmap(address, BigInt(bytes));
    }
    this.#libc.close();
  }
}

function refused(verb: string): EspalierError {
  return new EspalierError(
    "ERR_ENGINE_FAILED",
    `Cannot ${verb} memory for machine code as the system refuses it. ` +
      "Run where programs may make code, or use the engine without machine passes.",
  );
}
