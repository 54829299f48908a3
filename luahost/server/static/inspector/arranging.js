// Arranging: which rows of the table there are to see, in which order, and how deep each stands.
import { COLUMNS } from "./columns.js";

// `wanted` is what the filter says, `folded` the paths whose subtree is hidden, `sort` a column's name and way or null.
export function arranged(rows, { wanted, isTree, folded, sort }) {
  const found = wanted ? rows.filter((row) => matches(row, wanted)) : rows;
  if (!isTree) return sorted(found, sort).map((row) => ({ row, depth: 0 }));
  return nested(wanted ? withParents(found, rows) : found, { folded, sort });
}

function matches(row, wanted) {
  return [row.id, row.path, row.type, row.text, row.error].some((text) => String(text).toLowerCase().includes(wanted));
}

function withParents(found, rows) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const wanted = new Set();
  for (let row of found) for (; row && !wanted.has(row); row = byId.get(row.parent)) wanted.add(row);
  return rows.filter((row) => wanted.has(row));
}

function nested(rows, { folded, sort }) {
  const below = grouped(rows);
  const out = [];
  const walk = (parent, depth) => {
    for (const row of sorted(below.get(parent) || [], sort)) {
      const children = below.get(row.id)?.length || 0;
      out.push({ row, depth, children });
      if (children && !folded.has(row.whole)) walk(row.id, depth + 1);
    }
  };
  walk(null, 0);
  return out;
}

function grouped(rows) {
  const below = new Map();
  for (const row of rows) {
    if (below.has(row.parent)) below.get(row.parent).push(row);
    else below.set(row.parent, [row]);
  }
  return below;
}

function sorted(rows, sort) {
  const column = sort && COLUMNS.find((each) => each.name === sort.name);
  if (!column) return rows;
  return [...rows].sort((a, b) => sort.way * compare(column.key(a), column.key(b)) || a.order - b.order);
}

function compare(a, b) {
  return typeof a === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}
