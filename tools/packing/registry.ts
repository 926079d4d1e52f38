/**
 * A registry of npm on this machine that has the packed packages, as if they were published. A
 * project's `.npmrc` sends one scope to it; everything else comes from where it always does.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";

/** A registry that runs. */
export interface Registry extends AsyncDisposable {
  /** The line of `.npmrc` that sends the scope to it. */
  readonly npmrc: string;
}

/** The `package.json` in a tarball. */
export async function manifestIn(tarball: string): Promise<Record<string, unknown>> {
  const { stdout } = await new Deno.Command("tar", {
    args: ["-xzOf", tarball, "package/package.json"],
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** What the registry says of a package that it has one version of. */
async function documentOf(tarball: string, url: string): Promise<[name: string, text: string]> {
  const manifest = await manifestIn(tarball);
  const { name, version } = manifest as { name: string; version: string };
  const digest = createHash("sha512").update(await Deno.readFile(tarball)).digest("base64");
  const dist = { tarball: `${url}/-/${basename(tarball)}`, integrity: `sha512-${digest}` };
  return [
    name,
    JSON.stringify({
      name,
      "dist-tags": { latest: version },
      versions: { [version]: { ...manifest, dist } },
    }),
  ];
}

/**
 * Serve tarballs on a free port of this machine alone.
 *
 * @param tarballs Their paths.
 * @param scope Scope of the packages, as `@espalier`.
 * @returns The registry; disposing ends it.
 */
export async function serveRegistry(
  tarballs: readonly string[],
  scope: string,
): Promise<Registry> {
  const documents = new Map<string, string>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const path = decodeURIComponent(new URL(request.url).pathname).slice(1);
      const document = documents.get(path);
      if (document !== undefined) {
        return new Response(document, { headers: { "content-type": "application/json" } });
      }
      const tarball = tarballs.find((one) => path === `-/${basename(one)}`);
      return tarball === undefined
        ? new Response("{}", { status: 404 })
        : new Response(await Deno.readFile(tarball));
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  for (const tarball of tarballs) documents.set(...await documentOf(tarball, url));
  return {
    npmrc: `${scope}:registry=${url}/\n`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
