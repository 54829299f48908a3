// The log: what sessions print and log, and errors that nobody called for.
import { h } from "./elements.js";
import { clock, place } from "./texts.js";

const MOST_LINES = 1000;
const NEAR_PX = 40; // so near the end the list follows what is new

export class LogView {
  asks = { at: "" };

  constructor(page) {
    this.page = page;
    const draw = () => this.draw();
    this.search = h("input", { type: "search", placeholder: "Filter  /", "aria-label": "Filter lines", oninput: draw });
    this.own = h("input", { type: "checkbox", onchange: draw });
    this.errors = h("input", { type: "checkbox", onchange: draw });
    this.list = h("div", { class: "lines", role: "log", tabindex: 0, "aria-label": "Log" });
  }

  show() {
    queueMicrotask(() => this.draw());
    const choices = [h("label", {}, this.own, "This session only"), h("label", {}, this.errors, "Errors only")];
    return [h("div", { class: "tools" }, this.search, choices), this.list];
  }

  told(message) {
    if (message.told !== "lines") return;
    if (message.is_all) return this.draw();
    const follows = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_PX;
    this.list.querySelector(".empty")?.remove();
    this.list.append(...this.written(message.entries));
    while (this.list.children.length > MOST_LINES) this.list.firstChild.remove();
    if (follows) this.list.scrollTop = this.list.scrollHeight;
  }

  draw() {
    const lines = this.written(this.page.lines);
    this.list.replaceChildren(...(lines.length ? lines : [h("p", { class: "empty" }, "Nothing was said.")]));
    this.list.scrollTop = this.list.scrollHeight;
  }

  written(lines) {
    return lines.filter((line) => this.wants(line)).map(elementOf);
  }

  wants(line) {
    if (this.own.checked && line.session !== this.page.id) return false;
    if (this.errors.checked && line.level !== "error") return false;
    return `${line.message} ${place(line)}`.toLowerCase().includes(this.search.value.trim().toLowerCase());
  }
}

function elementOf(line) {
  const stack = line.stack?.length ? h("details", {}, h("summary", {}, "stack"), h("pre", {}, line.stack.join("\n"))) : null;
  const text = h("pre", { class: line.level }, line.message, " ", h("small", {}, place(line)));
  return h(
    "div",
    {},
    h("span", { class: "time" }, clock(line.at_s)),
    h("span", { class: `${line.level} dim` }, line.level),
    h("span", { class: "dim" }, line.session ? `#${line.session}` : ""),
    h("div", {}, text, stack),
  );
}
