// The table of variables: flat or as a tree, sorted, filtered, with the columns that the person wants.
import { arranged } from "./arranging.js";
import { classOf, COLUMNS, HIDDEN } from "./columns.js";
import { h } from "./elements.js";
import { kept } from "./kept.js";
import { Line } from "./line.js";
import { count } from "./texts.js";

const MOST_ROWS = 1000;
const NONE_YET = "This session has no variables yet: nobody has connected, or made any.";

export class VariableTable {
  // `ask(level)` is called when other diagnostics are wanted; `tools` stand behind the table's own.
  constructor({ ask, tools = [] }) {
    this.ask = ask;
    this.rows = [];
    this.lines = new Map(); // id -> its line in the page
    this.open = new Set(); // ids whose details are folded out
    this.folded = new Set(); // paths whose subtree is folded
    this.isTree = kept.get("tree", false);
    this.sort = kept.get("sort", null);
    this.level = kept.get("level", 1);
    this.hidden = new Set(kept.get("hidden", HIDDEN));
    this.most = MOST_ROWS;
    this.element = [this.buildTools(tools), this.buildTable()];
    this.drawHead();
  }

  get columns() {
    return COLUMNS.filter((column) => !this.hidden.has(column.name));
  }

  isFolded(row) {
    return this.folded.has(row.whole);
  }

  isOpen(row) {
    return this.open.has(row.id);
  }

  buildTools(tools) {
    this.search = h("input", { type: "search", placeholder: "Filter  /", "aria-label": "Filter variables", oninput: () => this.draw() });
    this.flat = h("button", { onclick: () => this.turn(false) }, "Flat");
    this.tree = h("button", { onclick: () => this.turn(true) }, "Tree");
    this.summary = h("span", { class: "dim", role: "status" });
    const order = h("div", { class: "switch", role: "group", "aria-label": "Order" }, this.flat, this.tree);
    return h("div", { class: "tools" }, this.search, order, this.summary, h("span", { class: "gap" }), tools, this.buildMenu());
  }

  buildMenu() {
    const levels = ["none", "of values", "all"].map((name, level) => h("option", { value: level, selected: level === this.level }, name));
    const diagnostics = h("select", { onchange: (event) => this.setLevel(Number(event.target.value)) }, levels);
    const columns = COLUMNS.map((column) => this.buildChoice(column));
    const parts = [h("label", {}, "Diagnostics", diagnostics), h("h3", {}, "Columns"), columns];
    return h("details", { class: "menu" }, h("summary", {}, "View"), h("div", {}, parts));
  }

  buildChoice(column) {
    const onchange = (event) => this.showColumn(column.name, event.target.checked);
    const box = h("input", { type: "checkbox", checked: !this.hidden.has(column.name), onchange });
    return h("label", {}, box, column.label || column.title);
  }

  buildTable() {
    this.head = h("tr", { role: "row" });
    this.body = h("tbody", { role: "rowgroup", onkeydown: (event) => this.onKey(event) });
    this.more = h("p", { class: "more", hidden: true }, h("button", { class: "button", onclick: () => this.showAll() }, "Show all"));
    this.empty = h("p", { class: "empty", hidden: true });
    const head = h("thead", { role: "rowgroup" }, this.head);
    this.table = h("table", { class: "variables", role: "table", "aria-label": "Variables" }, head, this.body);
    return h("div", { class: "scroll", tabindex: -1 }, this.table, this.more, this.empty);
  }

  showColumn(name, isShown) {
    if (isShown) this.hidden.delete(name);
    else this.hidden.add(name);
    kept.set("hidden", [...this.hidden]);
    for (const line of this.lines.values()) line.remove();
    this.lines.clear();
    this.drawHead();
    this.draw();
  }

  setLevel(level) {
    this.level = level;
    kept.set("level", level);
    this.ask(level);
  }

  turn(isTree) {
    this.isTree = isTree;
    kept.set("tree", isTree);
    this.draw();
  }

  // First as the column likes it, then the other way, then as created.
  sortBy(column) {
    const first = column.falls ? -1 : 1;
    const way = this.sort?.name === column.name ? this.sort.way : 0;
    this.sort = way === 0 ? { name: column.name, way: first } : way === first ? { name: column.name, way: -first } : null;
    kept.set("sort", this.sort);
    this.drawHead();
    this.draw();
  }

  showAll() {
    this.most = Infinity;
    this.draw();
  }

  fold(row, isFolded) {
    if (isFolded) this.folded.add(row.whole);
    else this.folded.delete(row.whole);
    this.draw();
  }

  toggle(id) {
    if (!this.open.delete(id)) this.open.add(id);
    this.draw();
  }

  show(variables, changes) {
    this.changes = changes;
    const paths = new Map();
    variables.forEach((row, order) => {
      row.order = order;
      row.text = row.is_cut ? row.value : JSON.stringify(row.value) ?? "null";
      row.whole = (row.parent === null ? "" : paths.get(row.parent) + "/") + (row.path || row.id);
      paths.set(row.id, row.whole);
    });
    this.rows = variables;
    this.draw();
  }

  drawHead() {
    const cells = this.columns.map((column) => {
      const sorted = this.sort?.name === column.name ? (this.sort.way > 0 ? "ascending" : "descending") : null;
      const props = { scope: "col", role: "columnheader", class: classOf(column), "aria-sort": sorted };
      const button = { title: column.label, "aria-label": column.label, onclick: () => this.sortBy(column) };
      return h("th", props, h("button", button, column.title));
    });
    const focused = [...this.head.children].findIndex((cell) => cell.contains(document.activeElement));
    this.head.replaceChildren(...cells);
    this.head.children[focused]?.firstChild.focus();
  }

  draw() {
    this.flat.setAttribute("aria-pressed", !this.isTree);
    this.tree.setAttribute("aria-pressed", this.isTree);
    this.table.setAttribute("role", this.isTree ? "treegrid" : "table");
    const { isTree, folded, sort } = this;
    const all = arranged(this.rows, { wanted: this.search.value.trim().toLowerCase(), isTree, folded, sort });
    this.place(all.slice(0, this.most));
    this.more.hidden = all.length <= this.most;
    this.more.firstChild.textContent = `Show all ${all.length.toLocaleString("en")}`;
    this.empty.hidden = all.length > 0;
    this.empty.textContent = this.rows.length ? "No variable matches the filter." : NONE_YET;
    this.drawSummary();
  }

  drawSummary() {
    const failed = this.rows.filter((row) => row.error).length;
    this.table.classList.toggle("has-errors", failed > 0);
    const parts = [count(this.rows.length, "variable"), count(this.changes ?? 0, "change")];
    this.summary.replaceChildren(parts.join(" · "), ...(failed ? [h("span", { class: "bad" }, ` · ${count(failed, "error")}`)] : []));
  }

  // Puts each line into its place. Lines that stay keep their elements, and with them the focus.
  place(entries) {
    const gone = new Set(this.lines.keys());
    let at = this.body.firstChild;
    for (const entry of entries) {
      const line = this.lineOf(entry.row);
      gone.delete(entry.row.id);
      line.write(entry);
      for (const element of line.elements) {
        if (element === at) at = at.nextSibling;
        else this.body.insertBefore(element, at);
      }
    }
    for (const id of gone) this.drop(id);
    if (!this.body.querySelector('[tabindex="0"]')) this.body.firstElementChild?.setAttribute("tabindex", 0);
  }

  lineOf(row) {
    if (!this.lines.has(row.id)) this.lines.set(row.id, new Line(row.id, this));
    return this.lines.get(row.id);
  }

  drop(id) {
    this.lines.get(id).remove();
    this.lines.delete(id);
  }

  onKey(event) {
    const row = event.target.closest("tr[data-id]");
    if (!row || event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
    const { entry } = [...this.lines.values()].find((each) => each.row === row);
    const act = {
      ArrowDown: () => this.focusBeside(row, 1),
      ArrowUp: () => this.focusBeside(row, -1),
      ArrowRight: () => this.isTree && this.fold(entry.row, false),
      ArrowLeft: () => this.isTree && this.fold(entry.row, true),
      Enter: () => this.toggle(entry.row.id),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  focusBeside(row, way) {
    const rows = [...this.body.querySelectorAll("tr[data-id]")];
    const next = rows[rows.indexOf(row) + way];
    if (!next) return;
    row.setAttribute("tabindex", -1);
    next.setAttribute("tabindex", 0);
    next.focus();
  }
}
