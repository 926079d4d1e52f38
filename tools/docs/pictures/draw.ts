// deno-lint-ignore-file no-console -- a command's output
/**
 * Draws the pictures of `docs/` from real networks, decisions and pipelines. Run by
 * `deno task docs:pictures`; a test holds the files against it.
 *
 * @module
 */
import { drawPhases } from "./phases.ts";
import { drawWay } from "./way.ts";

const FOLDER = "docs/pictures";

/** All pictures, by their paths. */
export function drawPictures(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries({ ...drawWay(), phases: drawPhases() })
      .map(([name, picture]) => [`${FOLDER}/${name}.svg`, picture]),
  );
}

if (import.meta.main) {
  await Deno.mkdir(FOLDER, { recursive: true });
  const pictures = drawPictures();
  for (const [path, picture] of pictures) await Deno.writeTextFile(path, picture);
  console.log(`${pictures.size} pictures: ${FOLDER}`);
}
