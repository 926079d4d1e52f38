/** Version of all packages of Espalier, part of every content key. */
export const VERSION = "0.1.0";
