/**
 * A run shown in a page: tables, pictures, lines of progress.
 *
 * @module
 */
export { formatBytes, formatDuration, plainText } from "./format.ts";
export { htmlReport, type HtmlReportOptions } from "./html_report.ts";
export { networkTable, type NetworkTableOptions } from "./network_table.ts";
export { progressLine, type ProgressLineOptions } from "./progress_line.ts";
export { reportMarkdown, reportTable, type ReportTableOptions } from "./report_table.ts";
export { searchPicture, type SearchPictureOptions } from "./search_picture.ts";
export { widthsPicture, type WidthsPictureOptions } from "./widths_picture.ts";
