/**
 * A run shown to people: lines of progress, tables, pictures, a page.
 *
 * @module
 */
export { COLORS, drawChart } from "./chart.ts";
export { aligned, formatBytes, formatDuration, plainText } from "./format.ts";
export { escapeHtml, htmlPage } from "./html_page.ts";
export { htmlReport, type HtmlReportOptions } from "./html_report.ts";
export { type LayerWidth, layerWidths } from "./layer_widths.ts";
export { networkTable, type NetworkTableOptions } from "./network_table.ts";
export { progressLine, type ProgressLineOptions } from "./progress_line.ts";
export { reportMarkdown, reportTable, type ReportTableOptions } from "./report_table.ts";
export { searchPicture, type SearchPictureOptions } from "./search_picture.ts";
export { type ProgressStream, showProgress, type ShowProgressOptions } from "./show_progress.ts";
export { stopOnSignal } from "./stop_on_signal.ts";
export { widthsPicture, type WidthsPictureOptions } from "./widths_picture.ts";
