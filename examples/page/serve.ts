// Serves what `espalier prune` left in a folder, with a page that tells what is on a picture:
// deno run -A --no-check examples/page/serve.ts smaller --classes cat,dog
// deno-lint-ignore-file no-console -- a program that talks to its terminal
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** What is served. */
export interface PageOptions {
  /** Folder of the run. */
  readonly directory: string;
  /** Names of the classes, in the order of the model's output: that of the folders. */
  readonly classes: readonly string[];
  /** Where it listens; 0 is any free port. */
  readonly port: number;
}

const TYPES = { html: "text/html", js: "text/javascript", json: "application/json" } as const;

/** Files by their path on the page; nothing else is given away. */
function filesOf(directory: string): ReadonlyMap<string, string> {
  const model = join(directory, "model");
  return new Map([
    ["/", fileURLToPath(new URL("index.html", import.meta.url))],
    ["/tf.min.js", fileURLToPath(import.meta.resolve("@tensorflow/tfjs/dist/tf.min.js"))],
    ...["model.json", "weights.bin"].map((name) => [`/model/${name}`, join(model, name)] as const),
  ]);
}

/** Serve the page to this machine alone. */
export function servePage({ directory, classes, port }: PageOptions): Deno.HttpServer {
  const files = filesOf(directory);
  return Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async ({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === "/about.json") {
      const text = await Deno.readTextFile(join(directory, "result.json"));
      const { normalization } = JSON.parse(text).result.report;
      return Response.json({ classes, ...normalization });
    }
    const path = files.get(pathname);
    if (path === undefined) return new Response("There is no such page.", { status: 404 });
    const ending = path.split(".").at(-1)!;
    const type = TYPES[ending as keyof typeof TYPES] ?? "application/octet-stream";
    return new Response(await Deno.readFile(path), { headers: { "content-type": type } });
  });
}

if (import.meta.main) {
  const { values, positionals: [directory] } = parseArgs({
    allowPositionals: true,
    options: {
      classes: { type: "string", default: "" },
      port: { type: "string", default: "8000" },
    },
  });
  if (directory === undefined) {
    console.error("Name the folder that `espalier prune --out` wrote.");
    Deno.exit(2);
  }
  const classes = values.classes.split(",").filter((name) => name !== "");
  const { addr } = servePage({ directory, classes, port: Number(values.port) });
  console.log(`http://127.0.0.1:${(addr as Deno.NetAddr).port}/ (Ctrl-C ends)`);
}
