// Inventory: a view of what a session has, made anew each time it is told; `parts(message)` says of what.
import { h } from "./elements.js";

export class InventoryView {
  asks = { at: "objects" };

  constructor() {
    this.element = h("div", { class: "page" }, h("p", { class: "empty" }, "Looking …"));
  }

  show() {
    return [this.element];
  }

  told(message) {
    if (message.told === "objects") this.element.replaceChildren(...this.parts(message));
  }
}
