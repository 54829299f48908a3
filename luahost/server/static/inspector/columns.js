// The columns of the table of variables: `key` sorts, `text` writes, where it differs; those that fall begin with the largest.
import { micros } from "./texts.js";

export const COLUMNS = [
  { name: "diagnostics", title: "Notes", label: "Diagnostics", key: (row) => row.diagnostics.length, falls: true },
  { name: "id", title: "Id", key: (row) => row.order, text: (row) => String(row.id) },
  { name: "path", title: "Path", key: (row) => row.path },
  { name: "type", title: "Type", key: (row) => row.type },
  { name: "value", title: "Value", key: (row) => row.text },
  { name: "access", title: "Access", key: (row) => row.access, is_hidden: true },
  { name: "active", title: "Active", key: (row) => (row.active ? "yes" : "no"), is_hidden: true },
  { name: "depth", title: "Depth", key: (row) => row.depth, is_hidden: true, is_number: true },
  { name: "watchers", title: "Watchers", key: (row) => row.watchers, is_hidden: true, is_number: true },
  { name: "wrapper", title: "Wrapper", key: (row) => row.wrapper, is_hidden: true },
  { name: "changes", title: "Changes", key: (row) => row.changes, is_hidden: true, is_number: true, falls: true },
  { name: "time_us", title: "Time", ...timed("time_us") },
  { name: "max_us", title: "Longest", ...timed("max_us"), is_hidden: true },
  { name: "mean_us", title: "Average", ...timed("mean_us"), is_hidden: true },
  { name: "error", title: "Error", key: (row) => row.error },
];

function timed(name) {
  return { key: (row) => row[name], text: (row) => micros(row[name]), is_number: true, falls: true };
}

export const HIDDEN = COLUMNS.filter((column) => column.is_hidden).map((column) => column.name);
export const classOf = (column) => `c-${column.name} ${column.is_number ? "number" : ""}`;
export const textOf = (column, row) => (column.text ? column.text(row) : String(column.key(row)));
