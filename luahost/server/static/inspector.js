// The inspector's page. What sessions say comes as text into text nodes and attributes; nothing is ever read as HTML.
"use strict";

// --- elements -----------------------------------------------------------------------------------------------------

const byId = (id) => document.getElementById(id);

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}

const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);
const svg = (tag, props, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);

// --- texts --------------------------------------------------------------------------------------------------------

const clock = (at_s) => new Date(at_s * 1000).toLocaleTimeString([], { hour12: false });
const count = (n, one, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const place = (entry) => (entry.file ? `${entry.file}${entry.line ? ":" + entry.line : ""}` : "");

function micros(us) {
  if (!us) return "";
  return us < 1000 ? `${Math.round(us)} µs` : `${(us / 1000).toFixed(us < 10000 ? 1 : 0)} ms`;
}

const kib = (kb) => (kb < 1024 ? `${kb} KiB` : `${(kb / 1024).toFixed(1)} MiB`);
const millis = (ms) => (ms < 1 ? `${Math.round(ms * 1000)} µs` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`);

function seconds(s) {
  return s < 1 ? `${Math.round(s * 1000)} ms` : s < 90 ? `${s.toFixed(1)} s` : `${Math.round(s / 60)} min`;
}

// What the person chose, kept in the browser where it may be.
const kept = {
  get(name, otherwise) {
    try {
      return JSON.parse(localStorage.getItem("luahost." + name)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem("luahost." + name, JSON.stringify(value));
    } catch {
      /* a private window */
    }
  },
};

// --- the table of variables ---------------------------------------------------------------------------------------

const COLUMNS = [
  { name: "diagnostics", title: "Notes", label: "Diagnostics", key: (row) => row.diagnostics.length, falls: true },
  { name: "id", title: "Id", key: (row) => row.order },
  { name: "path", title: "Path", key: (row) => row.path },
  { name: "type", title: "Type", key: (row) => row.type },
  { name: "value", title: "Value", key: (row) => row.text },
  { name: "access", title: "Access", key: (row) => row.access, is_hidden: true },
  { name: "active", title: "Active", key: (row) => (row.active ? "yes" : "no"), is_hidden: true },
  { name: "depth", title: "Depth", key: (row) => row.depth, is_hidden: true, is_number: true },
  { name: "watchers", title: "Watchers", key: (row) => row.watchers, is_hidden: true, is_number: true },
  { name: "wrapper", title: "Wrapper", key: (row) => row.wrapper, is_hidden: true },
  { name: "changes", title: "Changes", key: (row) => row.changes, is_hidden: true, is_number: true, falls: true },
  { name: "time_us", title: "Time", key: (row) => row.time_us, show: micros, is_number: true, falls: true },
  { name: "max_us", title: "Longest", key: (row) => row.max_us, show: micros, is_hidden: true, is_number: true, falls: true },
  { name: "mean_us", title: "Average", key: (row) => row.mean_us, show: micros, is_hidden: true, is_number: true, falls: true },
  { name: "error", title: "Error", key: (row) => row.error },
];
const MOST_ROWS = 1000;

function kindOf(value) {
  if (value === null || value === undefined) return "null";
  return typeof value === "object" && !Array.isArray(value) ? "object" : typeof value;
}

class VariableTable {
  // `ask(level)` is called when other diagnostics are wanted; `tools` stand behind the table's own.
  constructor({ ask, tools = [] }) {
    this.ask = ask;
    this.rows = [];
    this.lines = new Map(); // id -> its row in the page
    this.open = new Set(); // ids whose details are folded out
    this.folded = new Set(); // paths whose subtree is folded
    this.isTree = kept.get("tree", false);
    this.sort = kept.get("sort", null);
    this.level = kept.get("level", 1);
    this.hidden = new Set(kept.get("hidden", COLUMNS.filter((column) => column.is_hidden).map((column) => column.name)));
    this.shows = MOST_ROWS;
    this.build(tools);
  }

  build(tools) {
    this.search = h("input", { type: "search", placeholder: "Filter  /", "aria-label": "Filter variables", oninput: () => this.draw() });
    this.flat = h("button", { onclick: () => this.turn(false) }, "Flat");
    this.tree = h("button", { onclick: () => this.turn(true) }, "Tree");
    this.summary = h("span", { class: "dim", role: "status" });
    const levels = ["none", "of values", "all"].map((name, level) => h("option", { value: level, selected: level === this.level }, name));
    const diagnostics = h("select", { onchange: (event) => this.setLevel(Number(event.target.value)) }, levels);
    this.head = h("tr", { role: "row" });
    this.body = h("tbody", { role: "rowgroup", onkeydown: (event) => this.onKey(event) });
    this.more = h("p", { class: "more", hidden: true }, h("button", { class: "button", onclick: () => this.showAll() }, "Show all"));
    const table = h("table", { class: "variables", role: "table", "aria-label": "Variables" }, h("thead", { role: "rowgroup" }, this.head), this.body);
    this.empty = h("p", { class: "empty", hidden: true });
    this.element = [
      h(
        "div",
        { class: "tools" },
        this.search,
        h("div", { class: "switch", role: "group", "aria-label": "Order" }, this.flat, this.tree),
        this.summary,
        h("span", { class: "gap" }),
        tools,
        this.buildMenu(h("label", {}, "Diagnostics", diagnostics)),
      ),
      h("div", { class: "scroll", tabindex: -1 }, table, this.more, this.empty),
    ];
    this.drawHead();
  }

  buildMenu(diagnostics) {
    const choices = COLUMNS.map((column) => {
      const box = h("input", { type: "checkbox", checked: !this.hidden.has(column.name), onchange: (event) => this.showColumn(column.name, event.target.checked) });
      return h("label", {}, box, column.label || column.title);
    });
    return h("details", { class: "menu" }, h("summary", {}, "View"), h("div", {}, diagnostics, h("h3", {}, "Columns"), choices));
  }

  get columns() {
    return COLUMNS.filter((column) => !this.hidden.has(column.name));
  }

  showColumn(name, isShown) {
    if (isShown) this.hidden.delete(name);
    else this.hidden.add(name);
    kept.set("hidden", [...this.hidden]);
    this.redraw();
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
    this.shows = Infinity;
    this.draw();
  }

  redraw() {
    for (const line of this.lines.values()) {
      line.row.remove();
      line.detail?.remove();
    }
    this.lines.clear();
    this.drawHead();
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
      const props = { scope: "col", role: "columnheader", class: `c-${column.name} ${column.is_number ? "number" : ""}`, "aria-sort": sorted };
      return h("th", props, h("button", { title: column.label, "aria-label": column.label, onclick: () => this.sortBy(column) }, column.title));
    });
    const focused = [...this.head.children].findIndex((cell) => cell.contains(document.activeElement));
    this.head.replaceChildren(...cells);
    this.head.children[focused]?.firstChild.focus();
  }

  // Which rows there are to see, in which order, and how deep each stands.
  arranged() {
    const wanted = this.search.value.trim().toLowerCase();
    const matches = (row) => [row.id, row.path, row.type, row.text, row.error].some((text) => String(text).toLowerCase().includes(wanted));
    const found = wanted ? this.rows.filter(matches) : this.rows;
    if (!this.isTree) return this.sorted(found).map((row) => ({ row, depth: 0 }));
    return this.nested(wanted ? this.withParents(found) : found);
  }

  withParents(found) {
    const byId = new Map(this.rows.map((row) => [row.id, row]));
    const wanted = new Set();
    for (let row of found) for (; row && !wanted.has(row); row = byId.get(row.parent)) wanted.add(row);
    return this.rows.filter((row) => wanted.has(row));
  }

  nested(rows) {
    const below = new Map();
    for (const row of rows) {
      if (below.has(row.parent)) below.get(row.parent).push(row);
      else below.set(row.parent, [row]);
    }
    const out = [];
    const walk = (parent, depth) => {
      for (const row of this.sorted(below.get(parent) || [])) {
        const children = below.get(row.id)?.length || 0;
        out.push({ row, depth, children });
        if (children && !this.folded.has(row.whole)) walk(row.id, depth + 1);
      }
    };
    walk(null, 0);
    return out;
  }

  sorted(rows) {
    const column = this.sort && COLUMNS.find((each) => each.name === this.sort.name);
    if (!column) return rows;
    const compare = (a, b) => (typeof a === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
    return [...rows].sort((a, b) => this.sort.way * compare(column.key(a), column.key(b)) || a.order - b.order);
  }

  draw() {
    this.flat.setAttribute("aria-pressed", !this.isTree);
    this.tree.setAttribute("aria-pressed", this.isTree);
    this.body.parentNode.setAttribute("role", this.isTree ? "treegrid" : "table");
    const all = this.arranged();
    const shown = all.slice(0, this.shows);
    this.place(shown);
    this.more.hidden = all.length <= shown.length;
    this.more.firstChild.textContent = `Show all ${all.length.toLocaleString("en")}`;
    this.empty.hidden = all.length > 0;
    this.empty.textContent = this.rows.length ? "No variable matches the filter." : "This session has no variables yet: nobody has connected, or made any.";
    const failed = this.rows.filter((row) => row.error).length;
    this.body.parentNode.classList.toggle("has-errors", failed > 0);
    const parts = [count(this.rows.length, "variable"), count(this.changes ?? 0, "change")];
    this.summary.replaceChildren(parts.join(" · "), ...(failed ? [h("span", { class: "bad" }, ` · ${count(failed, "error")}`)] : []));
  }

  // Puts each row into its place. Rows that stay keep their elements, and with them the focus.
  place(shown) {
    const gone = new Set(this.lines.keys());
    let at = this.body.firstChild;
    const put = (element) => {
      if (element === at) at = at.nextSibling;
      else this.body.insertBefore(element, at);
    };
    for (const entry of shown) {
      const line = this.lineOf(entry.row);
      gone.delete(entry.row.id);
      this.write(line, entry);
      put(line.row);
      if (line.detail) put(line.detail);
    }
    for (const id of gone) this.drop(id);
    if (!this.body.querySelector('[tabindex="0"]')) this.body.firstElementChild?.setAttribute("tabindex", 0);
  }

  drop(id) {
    const line = this.lines.get(id);
    line.row.remove();
    line.detail?.remove();
    this.lines.delete(id);
  }

  lineOf(row) {
    let line = this.lines.get(row.id);
    if (!line) {
      const cells = this.columns.map((column) => h("td", { role: "cell", class: `c-${column.name} ${column.is_number ? "number" : ""}`, "data-name": column.title }));
      line = { row: h("tr", { role: "row", tabindex: -1, "data-id": row.id }, cells), cells, texts: [] };
      this.lines.set(row.id, line);
    }
    return line;
  }

  write(line, entry) {
    const { row } = entry;
    line.entry = entry;
    this.writeRow(line, entry);
    this.columns.forEach((column, n) => {
      const value = column.key(row);
      const text = column.name === "id" ? String(row.id) : column.show ? column.show(value) : String(value);
      const stamp = column.name === "path" ? `${text} ${entry.depth} ${entry.children} ${this.folded.has(row.whole)}` : text;
      if (line.texts[n] === stamp && column.name !== "diagnostics") return;
      line.texts[n] = stamp;
      this.writeCell(line.cells[n], column, text, entry);
    });
    this.writeDetail(line);
  }

  // The row's colour, and what a reader of the page's structure needs to know of a tree.
  writeRow(line, { row, depth, children }) {
    const kind = row.error ? "failed" : row.active ? "" : "idle";
    const stamp = `${kind} ${this.isTree} ${depth} ${children} ${this.folded.has(row.whole)}`;
    if (line.stamped === stamp) return;
    line.stamped = stamp;
    line.row.className = kind;
    const facts = { "aria-level": depth + 1, "aria-expanded": children ? String(!this.folded.has(row.whole)) : null };
    for (const [name, value] of Object.entries(facts)) {
      if (this.isTree && value !== null) line.row.setAttribute(name, value);
      else line.row.removeAttribute(name);
    }
  }

  writeCell(cell, column, text, entry) {
    if (column.name === "diagnostics") return this.writeMark(cell, entry.row);
    if (column.name === "path") return this.writePath(cell, entry);
    cell.textContent = text;
    cell.title = ["value", "error", "type", "wrapper"].includes(column.name) ? text : "";
    if (column.name === "value") cell.className = `c-value mono v-${kindOf(entry.row.is_cut ? "" : entry.row.value)}`;
  }

  writeMark(cell, row) {
    const isOpen = this.open.has(row.id);
    const notes = row.diagnostics.length;
    const stamp = `${notes} ${isOpen}`;
    if (cell.dataset.stamp === stamp) return;
    cell.dataset.stamp = stamp;
    let mark = cell.firstChild;
    if (!mark) cell.append((mark = h("button", { onclick: () => this.toggle(row.id), tabindex: -1 })));
    mark.className = notes ? "mark some" : "mark";
    mark.textContent = isOpen ? "–" : notes || "+";
    mark.setAttribute("aria-expanded", isOpen);
    mark.setAttribute("aria-label", `${count(notes, "diagnostic")}: details`);
  }

  writePath(cell, { row, depth, children }) {
    const isFolded = this.folded.has(row.whole);
    const fold = children ? h("button", { class: "fold", tabindex: -1, "aria-label": isFolded ? "Unfold" : "Fold", onclick: () => this.fold(row, !isFolded) }, isFolded ? "▸" : "▾") : h("span", { class: "fold" });
    const name = row.path || (row.parent === null ? "(app)" : "(value)");
    cell.replaceChildren(...(this.isTree ? [fold] : []), name);
    cell.style.setProperty("--depth", this.isTree ? depth : 0);
    cell.classList.toggle("dim", !row.path);
    cell.title = row.whole;
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

  writeDetail(line) {
    const { row } = line.entry;
    if (!this.open.has(row.id)) {
      line.detail?.remove();
      line.detail = null;
      return;
    }
    const properties = Object.entries(row.properties).map(([name, value]) => `${name} = ${value}`);
    const parts = [
      ["Diagnostics", row.diagnostics.join("\n")],
      ["Error", row.error && `${row.code}: ${row.error}`],
      ["Value", row.is_cut ? row.value : JSON.stringify(row.value, null, 2)],
      ["Properties", properties.join("\n")],
      ["Times", `${micros(row.time_us) || "0 µs"} · longest ${micros(row.max_us) || "0 µs"} · average ${micros(row.mean_us) || "0 µs"}`],
      ["Place", `${row.whole} · depth ${row.depth} · access ${row.access} · ${count(row.watchers, "watcher")} · ${count(row.changes, "change")}`],
    ].filter(([, text]) => text);
    const stamp = JSON.stringify([parts, this.columns.length]);
    if (line.stamp === stamp && line.detail) return;
    line.stamp = stamp;
    const list = h("dl", {}, parts.map(([name, text]) => [h("dt", {}, name), h("dd", { class: name === "Error" ? "bad" : "" }, h("pre", {}, text))]));
    line.detail ||= h("tr", { class: "detail", role: "row" }, h("td", { role: "cell" }));
    line.detail.firstChild.setAttribute("colspan", this.columns.length);
    line.detail.firstChild.replaceChildren(list);
  }

  onKey(event) {
    const row = event.target.closest("tr[data-id]");
    if (!row || event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
    const line = [...this.lines.values()].find((each) => each.row === row);
    const act = {
      ArrowDown: () => this.focusBeside(row, 1),
      ArrowUp: () => this.focusBeside(row, -1),
      ArrowRight: () => this.isTree && this.fold(line.entry.row, false),
      ArrowLeft: () => this.isTree && this.fold(line.entry.row, true),
      Enter: () => this.toggle(line.entry.row.id),
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

// --- charts -------------------------------------------------------------------------------------------------------

const CHART_POINTS = 180;
const FEWEST_POINTS = 60;

class Chart {
  // Each series answers its value in a sample; `show` makes a value a text.
  constructor(title, show, series) {
    this.show = show;
    this.series = series;
    this.samples = [];
    this.span = FEWEST_POINTS - 1;
    this.now = h("b", {}, "–");
    this.foot = h("span", {}, "");
    this.top = h("span", {}, "");
    this.grid = [0, 50, 100].map((y) => svg("line", { class: "grid", x1: 0, x2: 100, y1: y, y2: y }));
    this.area = svg("path", { class: "area" });
    this.lines = series.map((_, n) => svg("path", { class: n ? "line second" : "line" }));
    this.hair = svg("line", { class: "hair", y1: 0, y2: 100, visibility: "hidden" });
    const drawing = svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, this.grid, this.area, this.lines, this.hair);
    drawing.addEventListener("pointermove", (event) => this.point(event.offsetX / drawing.clientWidth));
    drawing.addEventListener("pointerleave", () => this.point(null));
    const keys = series.length > 1 ? h("footer", {}, series.map((each, n) => h("span", { class: n ? "key second" : "key" }, each.name))) : null;
    this.element = h("figure", { class: "card chart" }, h("header", {}, h("h3", {}, title), this.now), drawing, h("footer", {}, this.foot, this.top), keys);
  }

  put(samples) {
    this.samples = samples;
    this.span = Math.max(samples.length, FEWEST_POINTS) - 1;
    const most = Math.max(...samples.flatMap((sample) => this.series.map((each) => each.of(sample))), 0) * 1.1 || 1;
    const x = (n) => 100 - ((samples.length - 1 - n) / this.span) * 100;
    const y = (value) => 100 - (value / most) * 100;
    this.series.forEach((each, n) => {
      const points = samples.map((sample, at) => `${x(at).toFixed(2)},${y(each.of(sample)).toFixed(2)}`);
      this.lines[n].setAttribute("d", points.length ? "M" + points.join("L") : "");
      if (n === 0) this.area.setAttribute("d", points.length ? `M${x(0)},100L${points.join("L")}L100,100Z` : "");
    });
    this.top.textContent = `to ${this.show(most / 1.1)}`;
    this.point(this.at ?? null);
  }

  // Shows the sample under the pointer, else the last.
  point(at) {
    this.at = at;
    const back = at === null ? 0 : Math.round((1 - at) * this.span);
    const sample = this.samples[this.samples.length - 1 - back];
    this.now.textContent = sample ? this.series.map((each) => this.show(each.of(sample))).join(" / ") : "–";
    this.foot.textContent = back ? `${back} s ago` : "now";
    this.hair.setAttribute("visibility", at === null ? "hidden" : "visible");
    this.hair.setAttribute("x1", (at ?? 0) * 100);
    this.hair.setAttribute("x2", (at ?? 0) * 100);
  }
}

// --- views: one for each tab. `show()` answers elements, `told(message)` takes what comes -------------------------------

class VariablesView {
  constructor(page) {
    this.table = new VariableTable({ ask: () => page.look() });
  }
  get asks() {
    return { at: "variables", level: this.table.level };
  }
  show() {
    return this.table.element;
  }
  told(message) {
    if (message.told === "variables") this.table.show(message.variables, message.changes);
  }
}

// On a phone each row of a `stack` stands as a block, its cells below each other with their names.
function tableOf(heads, rows, kind = "stack") {
  const names = heads.map((head) => head.replace("#", ""));
  for (const row of rows) [...row.children].forEach((cell, n) => (cell.dataset.name = names[n]));
  const cells = heads.map((head, n) => h("th", { scope: "col", class: head.startsWith("#") ? "number" : "" }, names[n]));
  return h("div", { class: `card ${kind}` }, h("table", {}, h("thead", {}, h("tr", {}, cells)), h("tbody", {}, rows)));
}

class ObjectsView {
  asks = { at: "objects" };
  constructor() {
    this.element = h("div", { class: "page" }, h("p", { class: "empty" }, "Looking …"));
  }
  show() {
    return [this.element];
  }
  told(message) {
    if (message.told !== "objects") return;
    const parts = [h("h2", {}, "Prototypes"), this.prototypes(message.prototypes)];
    if (message.pending.length) parts.push(h("h2", {}, "Mutations that wait"), this.pending(message.pending));
    parts.push(h("h2", {}, "Timers"), this.timers(message.timers));
    this.element.replaceChildren(...parts);
  }
  prototypes(list) {
    if (!list.length) return h("p", { class: "dim" }, "This session has declared none.");
    const most = Math.max(...list.map((each) => each.instances), 1);
    return tableOf(["Name", "Base", "#Instances", "", "Module"], list.map((each) => {
      const bar = h("span", { class: "bar" });
      bar.style.width = `${(each.instances / most) * 8}rem`;
      const share = h("td", { class: "share" }, each.instances ? bar : "");
      return h("tr", {}, h("td", { class: "mono" }, each.name), h("td", { class: "mono dim" }, each.base || ""), h("td", { class: "number" }, each.instances.toLocaleString("en")), share, h("td", { class: "mono dim" }, each.module || ""));
    }), "plain");
  }
  timers(list) {
    if (!list.length) return h("p", { class: "dim" }, "None is running.");
    return tableOf(["Kind", "#Time", "#Due at", "Method", "Module"], list.slice(0, 200).map((each) =>
      h("tr", {}, h("td", { class: "mono" }, each.kind), h("td", { class: "number" }, seconds(each.ms / 1000)), h("td", { class: "number" }, clock(Date.now() / 1000 + each.due_s)), h("td", { class: "mono" }, each.method), h("td", { class: "mono dim" }, each.module || ""))));
  }
  pending(list) {
    return tableOf(["Prototype", "#Instances", "Error", "Place"], list.map((each) =>
      h("tr", {}, h("td", { class: "mono" }, each.type), h("td", { class: "number" }, String(each.instances)), h("td", { class: "bad" }, each.message), h("td", { class: "mono dim" }, place(each)))));
  }
}

class ModulesView {
  asks = { at: "objects" };
  constructor() {
    this.element = h("div", { class: "page" }, h("p", { class: "empty" }, "Looking …"));
  }
  show() {
    return [this.element];
  }
  told(message) {
    if (message.told !== "objects") return;
    const needed = new Map(message.requires.map((each) => [each.module, []]));
    for (const each of message.requires) for (const key of each.requires) needed.get(key)?.push(each.module);
    const declared = (module) => message.prototypes.filter((each) => each.module === module).map((each) => each.name);
    const rows = [...message.requires].sort((a, b) => a.module.localeCompare(b.module)).map((each) =>
      h("tr", { "data-module": each.module }, h("td", { class: "mono" }, each.module), h("td", {}, this.chips(each.requires)), h("td", {}, this.chips(needed.get(each.module))), h("td", { class: "mono dim" }, declared(each.module).join(", "))));
    const none = h("p", { class: "empty" }, "This session has loaded no module.");
    this.element.replaceChildren(rows.length ? tableOf(["Module", "Requires", "Required by", "Prototypes"], rows) : none);
  }
  chips(keys) {
    return h("div", { class: "chips" }, keys.map((key) => h("button", { class: "chip", onclick: () => this.aim(key) }, key)));
  }
  aim(key) {
    const row = [...this.element.querySelectorAll("tr[data-module]")].find((each) => each.dataset.module === key);
    if (!row) return;
    row.scrollIntoView({ block: "center" });
    row.classList.add("aim");
    setTimeout(() => row.classList.remove("aim"), 900);
  }
}

class ChartsView {
  asks = { at: "charts" };
  constructor() {
    this.host = [];
    this.session = [];
    const bytes = (value) => kib(Math.round(value / 1024));
    const whole = (value) => Math.round(value).toLocaleString("en");
    this.ofSession = [
      new Chart("Memory", bytes, [{ name: "held", of: (row) => row[0] }]),
      new Chart("Turn time", millis, [{ name: "mean", of: (row) => row[2] }, { name: "longest", of: (row) => row[3] }]),
      new Chart("Turns a second", whole, [{ name: "turns", of: (row) => row[1] }]),
    ];
    this.ofHost = [
      new Chart("Memory", bytes, [{ name: "process", of: (row) => row[0] }, { name: "sessions", of: (row) => row[1] }]),
      new Chart("Turns a second", whole, [{ name: "turns", of: (row) => row[2] }]),
      new Chart("Sessions", whole, [{ name: "sessions", of: (row) => row[3] }]),
    ];
    const group = (charts) => h("div", { class: "charts" }, charts.map((chart) => chart.element));
    this.element = h("div", { class: "page" }, h("h2", {}, "This session"), group(this.ofSession), h("h2", {}, "The host"), group(this.ofHost), h("p", { class: "dim" }, "Sampled once a second, while somebody looks: three minutes at most."));
  }
  show() {
    return [this.element];
  }
  told(message) {
    if (message.told !== "charts") return;
    const all = (before, more) => [...(message.is_all ? [] : before), ...more].slice(-CHART_POINTS);
    this.host = all(this.host, message.host_rows);
    this.session = all(this.session, message.session_rows);
    for (const chart of this.ofSession) chart.put(this.session);
    for (const chart of this.ofHost) chart.put(this.host);
  }
}

class ConsoleView {
  asks = { at: "" };
  constructor(page) {
    this.page = page;
    this.session = page.key;
    this.typed = kept.get("typed", []);
    this.back = 0;
    this.said = h("div", { class: "said", role: "log", tabindex: 0, "aria-label": "Answers" });
    this.field = h("textarea", { rows: 1, spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-label": "Lua to run in the session", placeholder: "Lua: app.title, =expr, several lines with Shift+Enter", onkeydown: (event) => this.onKey(event), oninput: () => this.fit() });
    const ask = h("div", { class: "ask" }, this.field);
    const notice = h("p", { class: "notice" }, "The console may change anything in a session, so it needs the grant ", h("code", {}, "remote_code"), ". Add it to ", h("code", {}, "luahost.toml"), ": ", h("code", {}, 'allow = ["remote_code"]'));
    this.element = h("div", { class: "console" }, this.said, page.facts.can_run ? ask : notice);
  }
  show() {
    queueMicrotask(() => this.field.focus({ preventScroll: true }));
    return [this.element];
  }
  told(message) {
    if (message.told === "answer") this.answer(message);
    if (message.told === "lines" && !message.is_all) {
      for (const line of message.entries) if (line.session === this.page.id) this.say(`${place(line)} ${line.message}`.trim(), line.level === "error" ? "bad" : "dim");
    }
  }
  resumed() {
    if (this.pending) this.say("the connection was lost before the answer came", "bad");
    this.pending = null;
  }
  onKey(event) {
    const { value, selectionStart, selectionEnd } = this.field;
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) this.run(value);
    else if (event.key === "ArrowUp" && !value.slice(0, selectionStart).includes("\n")) this.recall(1);
    else if (event.key === "ArrowDown" && !value.slice(selectionEnd).includes("\n")) this.recall(-1);
    else return;
    event.preventDefault();
  }
  recall(way) {
    const back = Math.min(Math.max(this.back + way, 0), this.typed.length);
    if (back === this.back) return;
    this.back = back;
    this.field.value = back ? this.typed[this.typed.length - back] : "";
    this.fit();
  }
  fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }
  run(code) {
    if (!code.trim() || this.pending) return;
    this.pending = code;
    if (!this.page.send({ ask: "run", session: this.session, code, number: ++this.page.number })) {
      this.pending = null;
      this.say("not connected", "bad");
    }
  }
  answer(message) {
    const code = this.pending;
    this.pending = null;
    if (message.is_incomplete && code !== null && this.field.value === code) {
      this.field.setRangeText("\n", code.length, code.length, "end");
      return this.fit();
    }
    this.remember(code);
    this.say(code, "typed");
    if (message.error) this.say([place(message.error), message.error.message].filter(Boolean).join(": ") + (message.error.stack || []).map((frame) => "\n  " + frame).join(""), "bad");
    else if (message.note || message.text) this.say(message.note || message.text, message.note ? "dim" : "");
  }
  remember(code) {
    if (this.typed[this.typed.length - 1] !== code) this.typed = [...this.typed, code].slice(-100);
    kept.set("typed", this.typed);
    this.back = 0;
    if (this.field.value === code) this.field.value = "";
    this.fit();
  }
  say(text, kind) {
    this.said.append(h("pre", { class: kind }, text));
    while (this.said.children.length > 500) this.said.firstChild.remove();
    this.said.scrollTop = this.said.scrollHeight;
  }
}

class ReloadsView {
  asks = { at: "" };
  constructor(page) {
    this.element = h("div", { class: "page" });
    this.told({ told: "reloads", is_all: true, entries: page.reloads });
  }
  show() {
    return [this.element];
  }
  told(message) {
    if (message.told !== "reloads") return;
    if (message.is_all) this.element.replaceChildren(h("p", { class: "empty" }, "No reload yet: save a file of the site, and it is told here."));
    if (message.entries.length) this.element.querySelector(".empty")?.remove();
    this.element.prepend(...message.entries.map((entry) => this.card(entry)).reverse());
    while (this.element.children.length > 100) this.element.lastChild.remove();
  }
  card(entry) {
    const what = [...entry.modules, ...entry.gone.map((key) => `${key} (deleted)`)].join(", ");
    const facts = [entry.session_count ? count(entry.session_count, "session") : "no session"];
    if (entry.instances) facts.push(count(entry.instances, "instance"));
    if (entry.busy.length) facts.push(`${entry.busy.length} still busy`);
    facts.push(`${entry.ms} ms`);
    const head = h("p", {}, h("span", { class: "time" }, clock(entry.at_s)), h("b", { class: entry.ok ? "good" : "bad" }, entry.ok ? "reloaded" : "not reloaded"), h("span", { class: "what mono" }, what), h("span", { class: "dim" }, facts.join(" · ")));
    const errors = entry.errors.map((error) => h("li", { class: "bad" }, h("pre", {}, [place(error), error.message].filter(Boolean).join(": "))));
    const items = [...errors, ...this.outcomes(entry)];
    return h("article", { class: `card reload ${entry.ok ? "" : "failed"}` }, head, items.length ? h("ul", {}, items) : null);
  }
  // Sessions in which the same happened stand together.
  outcomes(entry) {
    const groups = new Map();
    for (const session of entry.sessions) {
      const parts = this.parts(session);
      const stamp = parts.map((part) => part.textContent).join("\n");
      const group = groups.get(stamp) || { ids: [], parts };
      group.ids.push(session.id);
      groups.set(stamp, group);
    }
    const more = entry.session_count - entry.sessions.length;
    const items = [...groups.values()].filter((group) => group.parts.length).map((group) => h("li", {}, h("span", { class: "dim" }, `${group.ids.length > 1 ? "sessions" : "session"} ${group.ids.join(", ")}`), group.parts));
    return more > 0 ? [...items, h("li", { class: "dim" }, `and ${count(more, "session")} more`)] : items;
  }
  parts(session) {
    const marked = (names, sign, kind) => names.map((name) => h("span", { class: `${kind} mono` }, ` ${sign}${name}`));
    const change = (each) => h("p", {}, h("span", { class: "mono" }, each.name), marked(each.added, "+", "plus"), marked(each.removed, "−", "minus"), marked(each.changed, "~", "change"), each.rebased ? h("span", { class: "change" }, " new base") : null, h("span", { class: "dim" }, each.instances ? ` · ${count(each.instances, "instance")}` : ""));
    const failure = (verb) => (each) => h("p", { class: "bad" }, `${each.type}: ${verb} ${count(each.instances, "instance")}: ${[place(each), each.message].filter(Boolean).join(": ")}`);
    return [
      ...(session.error ? [h("p", { class: "bad" }, [place(session.error), session.error.message].filter(Boolean).join(": "))] : []),
      ...session.prototypes.map(change),
      ...session.failures.map(failure("mutate failed for")),
      ...session.pending.map(failure("still waits for")),
      ...session.kept.map((note) => h("p", { class: "dim" }, `kept: ${note}`)),
    ];
  }
}

class LogView {
  asks = { at: "" };
  constructor(page) {
    this.page = page;
    this.search = h("input", { type: "search", placeholder: "Filter  /", "aria-label": "Filter lines", oninput: () => this.draw() });
    this.own = h("input", { type: "checkbox", onchange: () => this.draw() });
    this.errors = h("input", { type: "checkbox", onchange: () => this.draw() });
    this.list = h("div", { class: "lines", role: "log", tabindex: 0, "aria-label": "Log" });
    this.tools = h("div", { class: "tools" }, this.search, h("label", {}, this.own, "This session only"), h("label", {}, this.errors, "Errors only"));
  }
  show() {
    queueMicrotask(() => this.draw());
    return [this.tools, this.list];
  }
  told(message) {
    if (message.told !== "lines") return;
    if (message.is_all) return this.draw();
    const follows = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
    this.list.querySelector(".empty")?.remove();
    this.list.append(...message.entries.filter((line) => this.wants(line)).map((line) => this.line(line)));
    while (this.list.children.length > 1000) this.list.firstChild.remove();
    if (follows) this.list.scrollTop = this.list.scrollHeight;
  }
  wants(line) {
    const text = this.search.value.trim().toLowerCase();
    return (!this.own.checked || line.session === this.page.id) && (!this.errors.checked || line.level === "error") && `${line.message} ${place(line)}`.toLowerCase().includes(text);
  }
  draw() {
    const lines = this.page.lines.filter((line) => this.wants(line)).map((line) => this.line(line));
    this.list.replaceChildren(...(lines.length ? lines : [h("p", { class: "empty" }, "Nothing was said.")]));
    this.list.scrollTop = this.list.scrollHeight;
  }
  line(line) {
    const stack = line.stack?.length ? h("details", {}, h("summary", {}, "stack"), h("pre", {}, line.stack.join("\n"))) : null;
    const text = h("div", {}, h("pre", { class: line.level }, line.message, " ", h("small", {}, place(line))), stack);
    return h("div", {}, h("span", { class: "time" }, clock(line.at_s)), h("span", { class: `${line.level} dim` }, line.level), h("span", { class: "dim" }, line.session ? `#${line.session}` : ""), text);
  }
}

const VIEWS = [
  { name: "variables", title: "Variables", make: VariablesView },
  { name: "objects", title: "Objects", make: ObjectsView },
  { name: "modules", title: "Modules", make: ModulesView },
  { name: "charts", title: "Charts", make: ChartsView },
  { name: "console", title: "Console", make: ConsoleView },
  { name: "reloads", title: "Reloads", make: ReloadsView, isOfHost: true },
  { name: "log", title: "Log", make: LogView, isOfHost: true },
];

// --- the inspector ------------------------------------------------------------------------------------------------

class Inspector {
  constructor(prefix) {
    this.url = new URL(`${prefix}/inspector/socket`, location.href);
    this.url.protocol = this.url.protocol === "https:" ? "wss:" : "ws:";
    this.sessions = [];
    this.reloads = [];
    this.lines = [];
    this.number = 0;
    this.facts = {};
    this.wait_ms = 250;
    const [, key, name] = location.hash.match(/^#\/([^/]*)\/(\w*)$/) || [];
    this.key = key ? decodeURIComponent(key) : null;
    this.name = VIEWS.some((view) => view.name === name) ? name : "variables";
    this.unseen = { reloads: 0, log: 0 };
    byId("tabs").addEventListener("keydown", (event) => this.onTabKey(event));
    addEventListener("keydown", (event) => onSlash(event));
    addEventListener("hashchange", () => this.follow());
    this.connect();
  }

  // Goes where the address says, when somebody has changed it.
  follow() {
    const [, key, name] = location.hash.match(/^#\/([^/]*)\/(\w*)$/) || [];
    const isKnown = this.sessions.some((session) => session.key === key) && VIEWS.some((view) => view.name === name);
    if (isKnown && (key !== this.key || name !== this.name)) this.turn(key, name);
  }

  get id() {
    return this.sessions.find((session) => session.key === this.key)?.id;
  }

  connect() {
    this.socket = new WebSocket(this.url);
    this.socket.onopen = () => {
      this.wait_ms = 250;
      this.say("live", "live");
    };
    this.socket.onmessage = (event) => this.told(JSON.parse(event.data));
    this.socket.onclose = () => {
      this.say("not connected", "off");
      setTimeout(() => this.connect(), this.wait_ms);
      this.wait_ms = Math.min(this.wait_ms * 2, 4000);
    };
  }

  say(text, kind) {
    byId("state").textContent = text;
    byId("state").className = kind;
  }

  send(asked) {
    const isOpen = this.socket.readyState === WebSocket.OPEN;
    if (isOpen) this.socket.send(JSON.stringify(asked));
    return isOpen;
  }

  told(message) {
    if (message.told === "hello") this.greet(message);
    else if (message.told === "sessions") this.meet(message.sessions);
    else if (message.told === "reloads") this.keep("reloads", message, 100);
    else if (message.told === "lines") this.keep("lines", message, 1000);
    else if (message.told === "trouble") this.trouble(message.message);
    if ("session" in message && message.session !== this.key) return;
    if (["variables", "objects"].includes(message.told)) this.trouble(null);
    this.view?.told(message);
  }

  greet(facts) {
    this.facts = facts;
    byId("facts").textContent = `${facts.site} · ${facts.vm}`;
    byId("facts").title = facts.site;
    if (!this.view) return this.turn(this.key, this.name);
    this.view.resumed?.(); // the connection was lost: what the person was at stays
    this.look();
  }

  meet(sessions) {
    this.sessions = sessions;
    const isThere = sessions.some((session) => session.key === this.key);
    const next = sessions[0]?.key ?? null;
    if (!isThere && next !== this.key) this.turn(next, this.name);
    this.drawSessions();
  }

  keep(name, message, most) {
    this[name] = [...(message.is_all ? [] : this[name]), ...message.entries].slice(-most);
    const tab = name === "lines" ? "log" : name;
    if (!message.is_all && this.name !== tab) this.unseen[tab] += message.entries.filter((entry) => tab === "reloads" || entry.level === "error").length;
    this.drawTabs();
    if (name === "lines") this.drawSessions();
  }

  turn(key, name) {
    this.key = key;
    this.name = name;
    if (name in this.unseen) this.unseen[name] = 0;
    history.replaceState(null, "", `#/${encodeURIComponent(key ?? "")}/${name}`);
    const view = VIEWS.find((each) => each.name === name);
    this.view = key === null && !view.isOfHost ? null : new view.make(this);
    const nobody = h("p", { class: "empty" }, "No session is alive. Open the site, and one is.");
    byId("panel").replaceChildren(...(this.view ? this.view.show() : [nobody]));
    byId("panel").setAttribute("aria-labelledby", `tab-${name}`);
    this.drawTabs();
    this.drawSessions();
    this.look();
  }

  look() {
    this.send({ ask: "look", session: this.key, at: "", ...this.view?.asks });
  }

  trouble(text) {
    const old = byId("panel").querySelector(".trouble");
    if (text === null) return old?.remove();
    if (old) old.textContent = text;
    else byId("panel").prepend(h("p", { class: "trouble", role: "alert" }, text));
  }

  drawSessions() {
    const failed = new Map();
    for (const line of this.lines) if (line.level === "error") failed.set(line.session, (failed.get(line.session) || 0) + 1);
    const focused = document.activeElement?.dataset?.key;
    const items = this.sessions.map((session) => {
      const errors = failed.get(session.id);
      const current = session.key === this.key ? "true" : null;
      return h(
        "button",
        { "data-key": session.key, "aria-current": current, title: session.key, onclick: () => this.turn(session.key, this.name) },
        h("strong", { class: session.is_busy ? "busy" : "" }, `Session ${session.id}`),
        h("small", { class: "numbers" }, kib(session.memory_kb)),
        h("small", {}, `generation ${session.generation} · ${count(session.peers, "peer")}`),
        errors ? h("small", { class: "bad numbers" }, count(errors, "error")) : null,
      );
    });
    byId("sessions").replaceChildren(...items);
    if (focused) items.find((item) => item.dataset.key === focused)?.focus();
  }

  drawTabs() {
    const focused = byId("tabs").contains(document.activeElement);
    const tabs = VIEWS.map((view) => {
      const isSelected = view.name === this.name;
      const unseen = this.unseen[view.name];
      const badge = unseen ? h("small", { class: view.name === "log" ? "bad" : "" }, String(unseen)) : null;
      const props = { role: "tab", id: `tab-${view.name}`, class: view.isOfHost ? "of-host" : "", "aria-selected": String(isSelected), "aria-controls": "panel", tabindex: isSelected ? 0 : -1 };
      return h("button", { ...props, onclick: () => this.turn(this.key, view.name) }, view.title, badge);
    });
    byId("tabs").replaceChildren(...tabs);
    const selected = byId(`tab-${this.name}`);
    selected.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (focused) selected.focus();
  }

  onTabKey(event) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const at = VIEWS.findIndex((view) => view.name === this.name);
    this.turn(this.key, VIEWS[(at + way + VIEWS.length) % VIEWS.length].name);
    byId(`tab-${this.name}`).focus();
  }
}

// `/` goes to the filter, Escape leaves it.
function onSlash(event) {
  const isTyping = event.target.closest?.("input, textarea, select");
  const search = document.querySelector("#panel input[type=search]");
  if (event.key === "/" && !isTyping && search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape") {
    document.querySelectorAll("details.menu[open]").forEach((menu) => (menu.open = false));
    if (isTyping === search) search?.blur();
  }
}

// --- the page of one session's variables ----------------------------------------------------------------------------

class VariablesPage {
  constructor() {
    document.body.className = "alone";
    this.poll_s = kept.get("poll", 0);
    const every = [0, 1, 2, 5].map((s) => h("option", { value: s, selected: s === this.poll_s }, s ? `every ${s} s` : "off"));
    const tools = [
      h("button", { class: "button", onclick: () => this.refresh() }, "Refresh"),
      h("label", {}, "Polling", h("select", { "aria-label": "Polling", onchange: (event) => this.poll(Number(event.target.value)) }, every)),
    ];
    this.table = new VariableTable({ ask: () => this.refresh(), tools });
    byId("panel").append(...this.table.element);
    const name = decodeURIComponent(location.pathname.split("/").at(-2));
    document.title = "Variables · luahost";
    byId("title").textContent = "Variables";
    byId("facts").textContent = `session ${name}`;
    addEventListener("keydown", (event) => onSlash(event));
    this.refresh();
    this.poll(this.poll_s);
  }

  poll(every_s) {
    this.poll_s = every_s;
    kept.set("poll", every_s);
    clearInterval(this.timer);
    if (every_s) this.timer = setInterval(() => this.refresh(), every_s * 1000);
  }

  async refresh() {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const response = await fetch(`${location.pathname}.json?diag=${this.table.level}`);
      if (!response.ok) throw new Error((await response.text()).trim() || response.statusText);
      const variables = await response.json();
      this.table.show(variables, Number(response.headers.get("x-change-count")));
      this.say(`as of ${new Date().toLocaleTimeString([], { hour12: false })}`, "live");
    } catch (error) {
      this.say(error.message, "off");
    } finally {
      this.isAsking = false;
    }
  }

  say(text, kind) {
    byId("state").textContent = text;
    byId("state").className = kind;
  }
}

if (location.pathname.endsWith("/variables")) new VariablesPage();
else window.inspector = new Inspector(document.querySelector("meta[name=prefix]").content);
