// Objects: prototypes with their instances, mutations that wait, and timers of a session.
import { cell, h, tableOf } from "./elements.js";
import { InventoryView } from "./inventory.js";
import { clock, place, seconds } from "./texts.js";

const MOST_TIMERS = 200;

export class ObjectsView extends InventoryView {
  parts(message) {
    const parts = [h("h2", {}, "Prototypes"), prototypes(message.prototypes)];
    if (message.pending.length) parts.push(h("h2", {}, "Mutations that wait"), pending(message.pending));
    parts.push(h("h2", {}, "Timers"), timers(message.timers));
    return parts;
  }
}

function prototypes(list) {
  if (!list.length) return h("p", { class: "dim" }, "This session has declared none.");
  const most = Math.max(...list.map((each) => each.instances), 1);
  const rows = list.map((each) => prototype(each, each.instances / most));
  return tableOf(["Name", "Base", "#Instances", "", "Module"], rows, "plain");
}

function prototype({ name, base, instances, module }, share) {
  const bar = h("span", { class: "bar" });
  bar.style.width = `${share * 8}rem`;
  return h(
    "tr",
    {},
    cell("mono", name),
    cell("mono dim", base || ""),
    cell("number", instances.toLocaleString("en")),
    cell("share", instances ? bar : ""),
    cell("mono dim", module || ""),
  );
}

function timers(list) {
  if (!list.length) return h("p", { class: "dim" }, "None is running.");
  return tableOf(["Kind", "#Time", "#Due at", "Method", "Module"], list.slice(0, MOST_TIMERS).map(timer));
}

function timer({ kind, ms, due_s, method, module }) {
  const due = clock(Date.now() / 1000 + due_s);
  const times = [cell("number", seconds(ms / 1000)), cell("number", due)];
  return h("tr", {}, cell("mono", kind), times, cell("mono", method), cell("mono dim", module || ""));
}

function pending(list) {
  const rows = list.map((each) => {
    const what = [cell("mono", each.type), cell("number", String(each.instances))];
    return h("tr", {}, what, cell("bad", each.message), cell("mono dim", place(each)));
  });
  return tableOf(["Prototype", "#Instances", "Error", "Place"], rows);
}
