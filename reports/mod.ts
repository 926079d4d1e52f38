/**
 * What people see of a run: lines of progress, tables, pictures, a page.
 *
 * @module
 */
export { progressLine, type ProgressLineOptions } from "./progress_line.ts";
export { type ProgressStream, showProgress, type ShowProgressOptions } from "./show_progress.ts";
