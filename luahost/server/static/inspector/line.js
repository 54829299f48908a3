// A line of the table of variables: its row, and the details that fold out below it.
import { classOf, textOf } from "./columns.js";
import { h } from "./elements.js";
import { count, micros } from "./texts.js";

const TOOLTIPS = ["value", "error", "type", "wrapper"]; // these may be cut to their column

function kindOf(value) {
  if (value === null || value === undefined) return "null";
  return typeof value === "object" && !Array.isArray(value) ? "object" : typeof value;
}

// Writes what has changed only, so that focus and selection stay.
export class Line {
  // `table` says what is folded and open, and is told what is pressed.
  constructor(id, table) {
    this.table = table;
    this.columns = table.columns;
    this.texts = [];
    this.cells = this.columns.map((column) => h("td", { role: "cell", class: classOf(column), "data-name": column.title }));
    this.row = h("tr", { role: "row", tabindex: -1, "data-id": id }, this.cells);
    this.detail = null;
  }

  get elements() {
    return this.detail ? [this.row, this.detail] : [this.row];
  }

  remove() {
    for (const element of this.elements) element.remove();
  }

  write(entry) {
    this.entry = entry;
    this.writeRow(entry);
    this.columns.forEach((column, n) => this.writeColumn(column, n, entry));
    this.writeDetail(entry.row);
  }

  // The row's colour, and what a reader of the page's structure needs to know of a tree.
  writeRow({ row, depth, children }) {
    const { isTree } = this.table;
    const kind = row.error ? "failed" : row.active ? "" : "idle";
    const stamp = `${kind} ${isTree} ${depth} ${children} ${this.table.isFolded(row)}`;
    if (this.stamped === stamp) return;
    this.stamped = stamp;
    this.row.className = kind;
    const facts = { "aria-level": depth + 1, "aria-expanded": children ? String(!this.table.isFolded(row)) : null };
    for (const [name, value] of Object.entries(facts)) {
      if (isTree && value !== null) this.row.setAttribute(name, value);
      else this.row.removeAttribute(name);
    }
  }

  writeColumn(column, n, entry) {
    const text = textOf(column, entry.row);
    const isPath = column.name === "path";
    const stamp = isPath ? `${text} ${entry.depth} ${entry.children} ${this.table.isFolded(entry.row)}` : text;
    if (this.texts[n] === stamp && column.name !== "diagnostics") return;
    this.texts[n] = stamp;
    if (isPath) this.writePath(this.cells[n], entry);
    else if (column.name === "diagnostics") this.writeMark(this.cells[n], entry.row);
    else this.writeCell(this.cells[n], column, text);
  }

  writeCell(cell, column, text) {
    const { row } = this.entry;
    cell.textContent = text;
    cell.title = TOOLTIPS.includes(column.name) ? text : "";
    if (column.name === "value") cell.className = `c-value mono v-${kindOf(row.is_cut ? "" : row.value)}`;
  }

  writeMark(cell, row) {
    const isOpen = this.table.isOpen(row);
    const notes = row.diagnostics.length;
    const stamp = `${notes} ${isOpen}`;
    if (cell.dataset.stamp === stamp) return;
    cell.dataset.stamp = stamp;
    let mark = cell.firstChild;
    if (!mark) cell.append((mark = h("button", { onclick: () => this.table.toggle(row.id), tabindex: -1 })));
    mark.className = notes ? "mark some" : "mark";
    mark.textContent = isOpen ? "–" : notes || "+";
    mark.setAttribute("aria-expanded", isOpen);
    mark.setAttribute("aria-label", `${count(notes, "diagnostic")}: details`);
  }

  writePath(cell, { row, depth, children }) {
    const { isTree } = this.table;
    const fold = children ? this.makeFold(row) : h("span", { class: "fold" });
    const name = row.path || (row.parent === null ? "(app)" : "(value)");
    cell.replaceChildren(...(isTree ? [fold] : []), name);
    cell.style.setProperty("--depth", isTree ? depth : 0);
    cell.classList.toggle("dim", !row.path);
    cell.title = row.whole;
  }

  makeFold(row) {
    const isFolded = this.table.isFolded(row);
    const onclick = () => this.table.fold(row, !isFolded);
    return h("button", { class: "fold", tabindex: -1, "aria-label": isFolded ? "Unfold" : "Fold", onclick }, isFolded ? "▸" : "▾");
  }

  writeDetail(row) {
    if (!this.table.isOpen(row)) {
      this.detail?.remove();
      this.detail = null;
      return;
    }
    const parts = detailsOf(row);
    const stamp = JSON.stringify(parts);
    if (this.stamp === stamp && this.detail) return;
    this.stamp = stamp;
    const list = parts.map(([name, text]) => [h("dt", {}, name), h("dd", { class: name === "Error" ? "bad" : "" }, h("pre", {}, text))]);
    this.detail ||= h("tr", { class: "detail", role: "row" }, h("td", { role: "cell", colspan: this.columns.length }));
    this.detail.firstChild.replaceChildren(h("dl", {}, list));
  }
}

// All there is to know of a variable, by name.
function detailsOf(row) {
  const properties = Object.entries(row.properties).map(([name, value]) => `${name} = ${value}`);
  const time = (us) => micros(us) || "0 µs";
  const counts = [count(row.watchers, "watcher"), count(row.changes, "change")];
  const place = [row.whole, `depth ${row.depth}`, `access ${row.access}`, ...counts];
  return [
    ["Diagnostics", row.diagnostics.join("\n")],
    ["Error", row.error && `${row.code}: ${row.error}`],
    ["Value", row.is_cut ? row.value : JSON.stringify(row.value, null, 2)],
    ["Properties", properties.join("\n")],
    ["Times", `${time(row.time_us)} · longest ${time(row.max_us)} · average ${time(row.mean_us)}`],
    ["Place", place.join(" · ")],
  ].filter(([, text]) => text);
}
