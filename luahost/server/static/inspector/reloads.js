// Reloads: what each save did to modules, prototypes and instances, and what failed.
import { h } from "./elements.js";
import { clock, count, placed } from "./texts.js";

const MOST_CARDS = 100;
const NONE_YET = "No reload yet: save a file of the site, and it is told here.";

export class ReloadsView {
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
    if (message.is_all) this.element.replaceChildren(h("p", { class: "empty" }, NONE_YET));
    if (message.entries.length) this.element.querySelector(".empty")?.remove();
    this.element.prepend(...message.entries.map(card).reverse());
    while (this.element.children.length > MOST_CARDS) this.element.lastChild.remove();
  }
}

function card(entry) {
  const items = [...entry.errors.map((error) => h("li", { class: "bad" }, h("pre", {}, placed(error)))), ...outcomes(entry)];
  return h("article", { class: `card reload ${entry.ok ? "" : "failed"}` }, headOf(entry), items.length ? h("ul", {}, items) : null);
}

function headOf(entry) {
  const what = [...entry.modules, ...entry.gone.map((key) => `${key} (deleted)`)].join(", ");
  const facts = [entry.session_count ? count(entry.session_count, "session") : "no session"];
  if (entry.instances) facts.push(count(entry.instances, "instance"));
  if (entry.busy.length) facts.push(`${entry.busy.length} still busy`);
  facts.push(`${entry.ms} ms`);
  const done = entry.undone ? "undone" : "reloaded";
  return h(
    "p",
    {},
    h("span", { class: "time" }, clock(entry.at_s)),
    h("b", { class: entry.ok ? "good" : "bad" }, entry.ok ? done : `not ${done}`),
    h("span", { class: "what mono" }, what),
    h("span", { class: "dim" }, facts.join(" · ")),
  );
}

// Sessions in which the same happened stand together.
function outcomes(entry) {
  const groups = new Map();
  for (const session of entry.sessions) {
    const parts = partsOf(session);
    const stamp = parts.map((part) => part.textContent).join("\n");
    const group = groups.get(stamp) || { ids: [], parts };
    group.ids.push(session.id);
    groups.set(stamp, group);
  }
  const more = entry.session_count - entry.sessions.length;
  const items = [...groups.values()].filter((group) => group.parts.length).map(outcome);
  return more > 0 ? [...items, h("li", { class: "dim" }, `and ${count(more, "session")} more`)] : items;
}

function outcome({ ids, parts }) {
  return h("li", {}, h("span", { class: "dim" }, `${ids.length > 1 ? "sessions" : "session"} ${ids.join(", ")}`), parts);
}

function partsOf(session) {
  return [
    ...(session.error ? [h("p", { class: "bad" }, placed(session.error))] : []),
    ...session.prototypes.map(change),
    ...session.failures.map((each) => failure(each, "mutate failed for")),
    ...session.pending.map((each) => failure(each, "still waits for")),
    ...session.kept.map((note) => h("p", { class: "dim" }, `kept: ${note}`)),
  ];
}

function change(each) {
  const marked = (names, sign, kind) => names.map((name) => h("span", { class: `${kind} mono` }, ` ${sign}${name}`));
  return h(
    "p",
    {},
    h("span", { class: "mono" }, each.name),
    marked(each.added, "+", "plus"),
    marked(each.removed, "−", "minus"),
    marked(each.changed, "~", "change"),
    each.rebased ? h("span", { class: "change" }, " new base") : null,
    h("span", { class: "dim" }, each.instances ? ` · ${count(each.instances, "instance")}` : ""),
  );
}

function failure(each, verb) {
  return h("p", { class: "bad" }, `${each.type}: ${verb} ${count(each.instances, "instance")}: ${placed(each)}`);
}
