// Modules: what a session has loaded, what each requires, who requires it, and what it declares.
import { cell, h, tableOf } from "./elements.js";
import { InventoryView } from "./inventory.js";

export class ModulesView extends InventoryView {
  parts(message) {
    const needed = requiredBy(message.requires);
    const declared = (module) => message.prototypes.filter((each) => each.module === module).map((each) => each.name);
    const modules = [...message.requires].sort((a, b) => a.module.localeCompare(b.module));
    const rows = modules.map(({ module, requires }) => {
      const chips = [cell("", this.chips(requires)), cell("", this.chips(needed.get(module)))];
      return h("tr", { "data-module": module }, cell("mono", module), chips, cell("mono dim", declared(module).join(", ")));
    });
    if (!rows.length) return [h("p", { class: "empty" }, "This session has loaded no module.")];
    return [tableOf(["Module", "Requires", "Required by", "Prototypes"], rows)];
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

function requiredBy(requires) {
  const needed = new Map(requires.map((each) => [each.module, []]));
  for (const each of requires) for (const key of each.requires) needed.get(key)?.push(each.module);
  return needed;
}
