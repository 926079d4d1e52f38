/** One check of the packed packages. */
export interface Check {
  /** What holds. */
  readonly name: string;
  /** Rejects if it does not. */
  readonly run: () => Promise<void>;
}
