// The page of one session's variables, fetched by a button or every few seconds.
import { byId, h } from "./elements.js";
import { listenForKeys, sayState } from "./frame.js";
import { kept } from "./kept.js";
import { VariableTable } from "./table.js";
import { clock } from "./texts.js";

export class VariablesPage {
  constructor() {
    document.body.className = "alone";
    document.title = "Variables · luahost";
    byId("title").textContent = "Variables";
    byId("facts").textContent = `session ${location.pathname.split("/").at(-2)}`;
    this.poll_s = kept.get("poll", 0);
    this.table = new VariableTable({ ask: () => this.refresh(), tools: this.buildTools() });
    byId("panel").append(...this.table.element);
    listenForKeys();
    this.refresh();
    this.poll(this.poll_s);
  }

  buildTools() {
    const every = [0, 1, 2, 5].map((s) => h("option", { value: s, selected: s === this.poll_s }, s ? `every ${s} s` : "off"));
    const onchange = (event) => this.poll(Number(event.target.value));
    return [
      h("button", { class: "button", onclick: () => this.refresh() }, "Refresh"),
      h("label", {}, "Polling", h("select", { "aria-label": "Polling", onchange }, every)),
    ];
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
      await this.fetch();
      sayState(`as of ${clock(Date.now() / 1000)}`, "live");
    } catch (error) {
      sayState(error.message, "off");
    } finally {
      this.isAsking = false;
    }
  }

  async fetch() {
    const response = await fetch(`${location.pathname}.json?diag=${this.table.level}`);
    if (!response.ok) throw new Error((await response.text()).trim() || response.statusText);
    this.table.show(await response.json(), Number(response.headers.get("x-change-count")));
  }
}
