// Bundles the page and serves it: deno run -A --no-check examples/browser/serve.ts
// deno-lint-ignore-file no-console -- a program that talks to its terminal
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  wasm: "application/wasm",
};

const WASM = "@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js";

/** Bundle the page's script, with what it needs later in files of their own. */
export async function bundlePage(out: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--no-check", "--platform=browser", "--minify", "--code-splitting"],
      ...[`--outdir=${out}`, "page.ts"],
    ],
    cwd: fileURLToPath(new URL(".", import.meta.url)),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Serve the bundled page to this machine alone. */
export function servePage(
  folder: string,
  { port }: { readonly port: number },
): Deno.HttpServer<Deno.NetAddr> {
  const wasm = fileURLToPath(new URL(".", import.meta.resolve(WASM)));
  const page = fileURLToPath(new URL("index.html", import.meta.url));
  return Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async ({ url }) => {
    const { pathname } = new URL(url);
    const [, inWasm, file] = /^\/(wasm\/)?([\w.-]+)$/.exec(pathname) ?? [];
    const path = pathname === "/" ? page : join(inWasm ? wasm : folder, file ?? "");
    const bytes = await Deno.readFile(path).catch(() => undefined);
    if (bytes === undefined) return new Response("There is no such page.", { status: 404 });
    const type = TYPES[path.split(".").at(-1)!] ?? "application/octet-stream";
    return new Response(bytes, { headers: { "content-type": type } });
  });
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir();
  await bundlePage(folder);
  const { addr } = servePage(folder, { port: 8000 });
  console.log(`http://127.0.0.1:${addr.port}/`);
}
