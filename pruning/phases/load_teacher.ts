import type { Phase } from "@espalier/core";
import { loadNetwork } from "@espalier/supernet";
import type { HasTeacher } from "../made.ts";

/**
 * Load the trained unpruned network from a folder instead of training it. The phase has no version,
 * so it reads the folder in every run.
 *
 * @param path Folder that `saveModel` wrote.
 * @returns The phase; it makes `teacher`.
 */
export function loadTeacher(path: string): Phase<object, HasTeacher> {
  return {
    name: "load-teacher",
    options: { path },
    uses: [],
    makes: ["teacher"],
    run: async ({ blueprint }) => ({ teacher: await loadNetwork(path, blueprint) }),
  };
}
