/**
 * A place outside the repository where packed packages are tried.
 *
 * @module
 */
import { join } from "node:path";
import { writeText } from "../paths.ts";
import type { Registry } from "./registry.ts";

/** Releases of Node that the packages are tried with; npm's package `node` brings them. */
export const NODES = ["22", "24"] as const;

/** What a command said. */
export interface Said {
  /** Standard output. */
  readonly out: string;
  /** Both outputs. */
  readonly all: string;
}

/** Options of {@linkcode Place.command}. */
export interface CommandOptions {
  /** Folder in the place. */
  readonly in: string;
  /** Whether an exit code other than 0 is an answer, too. */
  readonly mayFail?: boolean;
}

/** A temporary folder, and commands in it. */
export class Place implements AsyncDisposable {
  private constructor(
    /** Its path. */
    readonly path: string,
    /** Has the packed packages. */
    readonly registry: Registry,
  ) {}

  /** A new one. */
  static async make(registry: Registry): Promise<Place> {
    return new Place(await Deno.realPath(await Deno.makeTempDir()), registry);
  }

  /** A new project in the place, which has nothing but files. */
  async project(name: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
    const manifest = { name, private: true, type: "module" };
    const all = {
      "package.json": JSON.stringify(manifest),
      ".npmrc": this.registry.npmrc,
      ...files,
    };
    for (const [path, text] of Object.entries(all)) {
      await writeText(join(this.path, name, path), text);
    }
  }

  /**
   * Run a command.
   *
   * @throws {Error} With what it said, if it fails.
   */
  async command(words: readonly string[], options: CommandOptions): Promise<Said> {
    const [program, ...args] = words;
    const { success, stdout, stderr } = await new Deno.Command(program!, {
      args,
      cwd: join(this.path, options.in),
      env: { NO_COLOR: "1" },
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    const all = `${out}${err}`;
    if (!success && !options.mayFail) throw new Error(`${words.join(" ")}\n${all.slice(-4000)}`);
    return { out: out!, all };
  }

  /** Install packages. */
  async install(packages: readonly string[], options: CommandOptions): Promise<void> {
    await this.command(["npm", "install", "--prefer-offline", "--no-audit", ...packages], options);
  }

  /** Run a program with a release of Node. */
  node(version: string, words: readonly string[], options: CommandOptions): Promise<Said> {
    return this.command(["npx", "--yes", `node@${version}`, ...words], options);
  }

  /** Run a program with Deno, by the packages that npm installed. */
  deno(words: readonly string[], options: CommandOptions): Promise<Said> {
    const [what, ...rest] = words;
    const flags = ["--quiet", "--node-modules-dir=manual", "--no-lock"];
    return this.command([Deno.execPath(), what!, ...flags, ...rest], options);
  }

  /** Remove it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
