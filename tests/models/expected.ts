/** An array of an example. */
export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Channels that live and die together. */
export interface ExpectedGroup {
  readonly id: string;
  readonly channels: number;
  readonly members: readonly { readonly layer: string; readonly from: number }[];
}

/** `expected.json` of a folder, as far as it is checked; `tests/fixtures/models/README.md`. */
export interface Expected {
  readonly about: string;
  readonly refusal?: string;
  readonly inputs: readonly NamedArray[];
  readonly outputs: readonly NamedArray[];
  readonly tolerance: number;
  readonly params: number;
  readonly macs: number;
  readonly groups: readonly ExpectedGroup[];
  readonly frozen: readonly { readonly layer: string; readonly why: string }[];
  readonly unknown: readonly string[];
  readonly pruned: {
    readonly kept: Readonly<Record<string, readonly number[]>>;
    readonly params: number;
    readonly macs: number;
    readonly outputs: readonly NamedArray[];
  };
}
