/**
 * The pages of the site that belong to no package. A new page is a line here, and one in
 * `docs/README.md`.
 *
 * @module
 */

/** Titles by file, by group: both in the order of the navigation. */
export const PAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Start: {
    "docs/README.md": "Welcome",
    "docs/start.md": "First steps",
    "README.md": "Overview",
  },
  Concepts: {
    "docs/concepts.md": "Blueprint to model",
    "docs/runs.md": "Phases, plugins, runs",
  },
  "How to": {
    "docs/own_network.md": "Prune your network",
    "docs/tasks_and_data.md": "Tasks and data",
    "docs/budgets.md": "Budgets and limits",
    "docs/choose.md": "Choose a method",
    "docs/swap.md": "Swap and compare",
    "docs/plugins.md": "Write a plugin",
    "docs/publish.md": "Publish a plugin",
    "docs/engines.md": "Choose an engine",
    "docs/if_it_stops.md": "If it stops",
    "docs/studies.md": "Studies",
    "docs/serving.md": "Serve a small network",
    "docs/browser.md": "In the browser",
    "docs/coming_from.md": "From PyTorch and Keras",
  },
  Reference: {
    "docs/errors.md": "Errors",
    "cli/README.md": "Command line",
    "FEATURES.md": "What works",
    "CHANGELOG.md": "Changelog",
    "MIGRATION.md": "Migration",
  },
  Project: {
    "CONTRIBUTING.md": "Contributing",
    "tests/fixtures/tas/README.md": "Numbers of TAS",
  },
};
