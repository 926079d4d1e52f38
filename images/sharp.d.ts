// The part of sharp in use. Its own types bring types of Node that hide Deno's.

/** A rectangle of pixels. */
export interface Region {
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

/** An image on its way through libvips. */
export interface Sharp {
  metadata(): Promise<{ readonly autoOrient: { readonly width: number; readonly height: number } }>;
  autoOrient(): Sharp;
  extract(region: Region): Sharp;
  resize(
    options: {
      readonly width: number;
      readonly height: number;
      readonly fit: "fill";
      readonly kernel: "linear";
    },
  ): Sharp;
  toColourspace(space: "b-w" | "srgb"): Sharp;
  removeAlpha(): Sharp;
  ensureAlpha(): Sharp;
  raw(options: { readonly depth: "uchar" }): Sharp;
  toBuffer(): Promise<Uint8Array>;
}

declare const sharp: (
  bytes: Uint8Array,
  options: { readonly failOn: "error" },
) => Sharp;
export default sharp;
