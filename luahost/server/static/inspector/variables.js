// Variables: the table of a session's, live.
import { VariableTable } from "./table.js";

export class VariablesView {
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
