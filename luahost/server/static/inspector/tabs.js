// The tabs: one for each view, with how much of it nobody has seen yet.
import { byId, h } from "./elements.js";
import { VIEWS } from "./views.js";

export class Tabs {
  // `name` is the view that is shown at first; `turn(name)` is called when a tab is chosen.
  constructor(name, turn) {
    this.name = name;
    this.turn = turn;
    this.unseen = { reloads: 0, log: 0 };
    byId("tabs").addEventListener("keydown", (event) => this.onKey(event));
  }

  select(name) {
    this.name = name;
    if (name in this.unseen) this.unseen[name] = 0;
    this.draw();
  }

  // Counts what came for a view that isn't shown.
  count(name, n) {
    if (this.name !== name) this.unseen[name] += n;
    this.draw();
  }

  draw() {
    const focused = byId("tabs").contains(document.activeElement);
    byId("tabs").replaceChildren(...VIEWS.map((view) => this.build(view)));
    const selected = byId(`tab-${this.name}`);
    selected.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (focused) selected.focus();
  }

  build({ name, title, isOfHost }) {
    const unseen = this.unseen[name];
    const badge = unseen ? h("small", { class: name === "log" ? "bad" : "" }, String(unseen)) : null;
    const isSelected = name === this.name;
    const aria = { role: "tab", "aria-selected": String(isSelected), "aria-controls": "panel", tabindex: isSelected ? 0 : -1 };
    const onclick = () => this.turn(name);
    return h("button", { ...aria, id: `tab-${name}`, class: isOfHost ? "of-host" : "", onclick }, title, badge);
  }

  onKey(event) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const at = VIEWS.findIndex((view) => view.name === this.name);
    this.turn(VIEWS[(at + way + VIEWS.length) % VIEWS.length].name);
    byId(`tab-${this.name}`).focus();
  }
}
