import { type AnyPhase, EspalierError, type Resolver, SearchStrategyToken } from "@espalier/core";
import { tokensOf } from "@espalier/core/run";

/** Refuse a phase whose required service no plugin provides. */
export function checkPhases(phases: readonly AnyPhase[], services: Resolver): void {
  for (const { name, requires = [] } of phases) {
    const missing = requires.find((token) => !services.has(token));
    if (missing === undefined) continue;
    throw new EspalierError(
      "ERR_SERVICE_MISSING",
      `Cannot run phase "${name}" as no plugin provides what it requires: "${missing.name}". ` +
        `Add a plugin that does.`,
    );
  }
}

/** Refuse a strategy that needs what no earlier phase makes. Phases without `makes` are trusted. */
export function checkNeeds(phases: readonly AnyPhase[], services: Resolver): void {
  const at = phases.findIndex((phase) =>
    tokensOf(phase).some(({ key }) => key === SearchStrategyToken.key)
  );
  if (at < 0 || !services.has(SearchStrategyToken)) return;
  const before = phases.slice(0, at);
  if (before.some(({ makes }) => makes === undefined)) return;
  const { name, needs = [] } = services.get(SearchStrategyToken);
  const missing = needs.find((need) => !before.some(({ makes }) => makes!.includes(need)));
  if (missing === undefined) return;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot search with strategy "${name}" as it needs a ${missing}, which no phase before ` +
      `"${phases[at]!.name}" makes: ${before.map((phase) => phase.name).join(", ") || "none"}. ` +
      `Put a phase that makes it before the search.`,
  );
}
