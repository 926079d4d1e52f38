import { checkOptions, pathSchema, type Phase } from "@espalier/core";
import { loadNetwork } from "@espalier/supernet";
import type { HasTeacher } from "../made.ts";

/**
 * Load the trained unpruned network from a folder instead of training it. The phase has no version,
 * so it reads the folder in every run. A folder of another network is refused before any phase works.
 *
 * @param path Folder that `saveModel` wrote.
 * @returns The phase; it makes `teacher`.
 * @throws {EspalierError} ERR_CONFIG_INVALID if the path is none.
 */
export function loadTeacher(path: string): Phase<object, HasTeacher> {
  checkOptions(pathSchema, { path }, { subject: 'phase "load-teacher"' });
  return {
    name: "load-teacher",
    options: { path },
    uses: [],
    makes: ["teacher"],
    check: async ({ blueprint }) => void await loadNetwork(path, blueprint),
    run: async ({ blueprint, signal }) => {
      const teacher = await loadNetwork(path, blueprint);
      signal.throwIfAborted();
      return { teacher };
    },
  };
}
