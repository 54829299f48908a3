/**
 * Shows a live session in a page, by attributes that hold paths into its objects (docs/how-to/browser.md):
 *
 *   <script src="/luahost.js"></script>
 *   <p>Hello <b ui-value="user.name"></b> <button ui-action="user.logOut()">Log out</button></p>
 *
 * Each is a variable of the session, which tells when its value changes.
 */
(() => {
"use strict";

const BASE = new URL(".", document.currentScript.src);
const page = document.documentElement;

// ---- The session: its key is in the page's address, else in a cookie, else the server makes one.

const keyIn = (text) => /\b[0-9a-f]{32}\b/.exec(text)?.[0];
const addressKey = () => keyIn(location.pathname);
let key = addressKey() ?? keyIn(/(?:^|; )ui-session=\w+/.exec(document.cookie));

/** Goes to another session. */
async function moveOn() {
  const lost = key;
  const find = async () => (key = keyIn(new URL((await fetch(BASE)).url).pathname));
  // One tab after the other: the first gets a cookie, and by that the rest the same session.
  await (navigator.locks ? navigator.locks.request("luahost", find) : find());
  if (key && addressKey() === lost) history.replaceState(null, "", location.href.replace(lost, key));
}

// ---- The wire: one socket, made again when it breaks.

let socket, retry, isUrgent;
let delayMs = 100;
let queue = [];
let epoch = 0; // counts connections: what was made in an earlier one is made again
const isOpen = () => socket?.readyState === WebSocket.OPEN;

async function connect() {
  retry = clearTimeout(retry);
  try {
    // A socket doesn't say why it can't be opened.
    const isGone = delayMs > 100 && (await fetch(new URL(key, BASE), { method: "HEAD" })).status === 404;
    if (isGone || !key) await moveOn();
    socket = new WebSocket(new URL(`ws/${key}`, BASE));
    Object.assign(socket, { onopen: opened, onmessage: ({ data }) => receive(JSON.parse(data)), onclose: closed });
  } catch {
    later();
  }
}

function opened() {
  epoch += 1;
  page.dataset.luahost = "connected";
  root.announce();
}

function closed() {
  queue = [];
  page.dataset.luahost = "waiting";
  later();
}

function later() {
  retry = setTimeout(connect, delayMs * (0.75 + Math.random() / 2));
  delayMs = Math.min(delayMs * 2, 5000);
}

/** Sends a message, with all others of this moment. */
function send(type, data, isUserEvent) {
  if (!isOpen()) return;
  if (!queue.length) queueMicrotask(flush);
  queue.push({ type, data });
  isUrgent ||= isUserEvent;
}

function flush() {
  // Servers bound a frame's size.
  while (queue.length) socket.send(JSON.stringify({ userEvent: !!isUrgent, messages: queue.splice(0, 500) }));
  isUrgent = false;
}

// Shown at the end of a frame: a value and its type may be two messages.
const touched = new Set();
const unsettled = new Set();

function receive(frame) {
  delayMs = 100;
  for (const { type, data } of [frame].flat()) {
    const variable = variables.get(data?.varId);
    if (type === "update") variable?.update(data);
    if (type === "destroy") variable?.update({ value: null });
    if (type === "error") variable?.fail(data);
  }
  for (const variable of touched) variable.tell();
  touched.clear();
  for (const part of unsettled) part.settle();
  unsettled.clear();
}

// ---- Variables: the page's part of the session's tree.

const variables = new Map();

class Variable {
  children = new Set();
  listeners = new Set();
  id = variables.size ? Variable.nextId++ : 1;
  static nextId = 2;

  /** `given` is the value of a variable that has no path. */
  constructor(parent, properties, given) {
    Object.assign(this, { parent, properties, given });
    variables.set(this.id, this);
    parent?.children.add(this);
    if (parent?.isKnown) this.announce();
  }

  get isKnown() {
    return isOpen() && this.epoch === epoch;
  }

  /** Makes it known to the session, with those below it. */
  announce() {
    const { id, parent, properties, given } = this;
    this.epoch = epoch;
    if (!parent) send("watch", { varId: id });
    else if (given) send("create", { id, parentId: parent.id, value: given, nowatch: true });
    else send("create", { id, parentId: parent.id, properties });
    if (this.isUnsent) this.write(this.value);
    // An object's number may be another one now: the list that gave it knows.
    for (const child of this.children) if (!child.given) child.announce();
  }

  update({ value, properties }) {
    if (value !== undefined) Object.assign(this, { value, epochOfValue: epoch });
    Object.assign(this.properties, properties);
    // An update says that an error is over, if it hasn't come in the same frame.
    this.fail(touched.has(this) ? this.error : undefined);
  }

  fail(error) {
    this.error = error;
    touched.add(this);
  }

  tell() {
    for (const listener of this.listeners) listener();
  }

  /** Writes what was entered; with the next connection if there is none. */
  write(value) {
    Object.assign(this, { value, isUnsent: !this.isKnown, error: undefined });
    send("update", { varId: this.id, value }, true);
  }

  /** Calls the action. Never later: what was clicked on may be gone then. */
  call(value) {
    this.error = this.isKnown ? undefined : { description: "not connected, try again in a moment" };
    send("update", { varId: this.id, value }, true);
    this.tell();
  }

  /** Goes with all below it, as in the session. */
  destroy(isSaid = true) {
    if (isSaid && this.isKnown && variables.has(this.id)) send("destroy", { varId: this.id });
    variables.delete(this.id);
    this.parent.children.delete(this);
    this.listeners.clear();
    for (const child of this.children) child.destroy(false);
  }
}

const root = new Variable(null, {});

// ---- View definitions: HTML by `Type.NAMESPACE`, which comes with variable 1.

const definitions = new Map();
const parsed = new Map();

root.listeners.add(() => {
  const { viewdefs } = root.properties;
  if (!viewdefs) return;
  delete root.properties.viewdefs;
  for (const [name, html] of Object.entries(JSON.parse(viewdefs))) definitions.set(name, { html, epoch });
  for (const view of views) view.update();
});

/** Returns the nodes of a definition, to be copied. */
function modelsOf(html) {
  if (!parsed.has(html)) {
    const outer = document.createElement("template");
    outer.innerHTML = html;
    // Trimmed, what shows nothing is `:empty` for style sheets.
    outer.innerHTML = (outer.content.querySelector("template") ?? outer).innerHTML.trim();
    parsed.set(html, [...outer.content.childNodes]);
  }
  return parsed.get(html);
}

// ---- Rendering: an old node that is like the new one stays, with all that is in it.

let isRendering = false;
let origin; // had the focus before a form took it
const signatures = new WeakMap();

function signatureOf(node) {
  const marks = [...(node.attributes ?? [])].filter(({ name }) => /^(ui-.*|id|type|name)$/.test(name));
  return node.nodeName + marks.map(({ name, value }) => name + value).sort();
}

const elementsIn = (nodes) => nodes.flatMap((node) => (node.attributes ? [node, ...node.querySelectorAll("*")] : []));

class Rendering {
  kept = new Set();
  left = [];

  constructor(scope, nodes) {
    this.scope = scope;
    // What has bindings may turn up elsewhere in the view.
    this.bound = elementsIn(nodes).filter((element) => bonds.get(element)?.scope === scope);
  }

  build(host, old, models, anchor = null) {
    const nodes = models.map((model) => this.node(old, model));
    this.left.push(...old);
    place(host, nodes, anchor);
    return nodes;
  }

  node(old, model) {
    const signature = signatureOf(model);
    const isLike = (node) => !this.kept.has(node) && signatures.get(node) === signature;
    const known = old.find(isLike) ?? this.bound.find(isLike);
    const node = known ?? document.importNode(model, false);
    this.kept.add(node);
    signatures.set(node, signature);
    if (node.attributes) this.fill(node, model, !known);
    else if (node.data !== model.data) node.data = model.data;
    return node;
  }

  fill(element, model, isNew) {
    if (!isNew) adapt(element, model);
    else if (model.autofocus) this.wanting = element;
    const bond = isNew ? bind(element, this.scope) : bonds.get(element);
    if (!bond?.isFilled) this.build(element, [...element.childNodes], [...model.childNodes]);
    bond?.settle();
  }

  finish() {
    this.left.filter((node) => !this.kept.has(node)).forEach(drop);
    // Not from somebody who is typing.
    if (!this.wanting || isControl(document.activeElement)) return;
    origin = document.activeElement;
    this.wanting.focus();
  }
}

function adapt(element, model) {
  // Whether details are open is the user's.
  const isOld = (name) => !model.hasAttribute(name) && name !== "open";
  element.getAttributeNames().filter(isOld).forEach((name) => element.removeAttribute(name));
  for (const { name, value } of model.attributes) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
}

function drop(node) {
  for (const element of elementsIn([node])) bonds.get(element)?.destroy();
  node.remove();
}

function place(host, nodes, anchor) {
  for (const node of nodes.toReversed()) {
    // moveBefore keeps focus and scrolling, where there is one.
    const way = node.isConnected && host.isConnected && host.moveBefore ? "moveBefore" : "insertBefore";
    if (node.parentNode !== host || node.nextSibling !== anchor) host[way](node, anchor);
    anchor = node;
  }
}

/** Does `work`, and brings focus and selection back. */
function keepingFocus(work) {
  const element = document.activeElement;
  const selection = selectionOf(element);
  isRendering = true;
  try {
    work();
  } finally {
    isRendering = false;
  }
  const { activeElement, body } = document;
  const target = element?.isConnected ? element : origin;
  if (activeElement !== body || element === body || !target?.isConnected) return;
  target.focus({ preventScroll: true });
  if (selection && target === element) element.setSelectionRange(...selection);
}

const selectionOf = (element) => element?.selectionEnd != null && [element.selectionStart, element.selectionEnd];

// ---- Views and lists.

const destroy = (part) => part.destroy();

const views = new Set();

/** Shows a variable's object by the definition of its type, as nodes of `host`. */
class View {
  nodes = [];

  /** The properties of `naming` choose among the definitions of a type. */
  constructor(host, variable, naming, list, entry) {
    Object.assign(this, { host, variable, naming, list, entry });
    views.add(this);
    variable.listeners.add(() => this.update());
    this.update();
  }

  update() {
    const { value, epochOfValue } = this.variable;
    if (value === undefined || !views.has(this)) return;
    // What is half typed belongs to the object before.
    if (this.number && this.number !== value?.obj && this.epoch === epochOfValue) this.forsake();
    Object.assign(this, { number: value?.obj, epoch: epochOfValue });
    const source = this.number ? this.definition() : format(value);
    if (source !== this.source) this.render(this.number ? modelsOf(source) : source ? [new Text(source)] : []);
    this.source = source;
  }

  definition() {
    const { namespace, fallbackNamespace } = this.naming.properties;
    const { type } = this.variable.properties;
    const names = [namespace, fallbackNamespace, "DEFAULT"].filter(Boolean).map((name) => `${type}.${name}`);
    // Empty ones are gone, an earlier connection's may be.
    const isThere = (one) => one?.html && one.epoch >= this.variable.epochOfValue;
    const found = names.map((name) => definitions.get(name)).find(isThere);
    return found?.html ?? `<small class="ui-missing">no viewdefs/${names[0].replace(/</g, "&lt;")}.html</small>`;
  }

  render(models) {
    const rendering = new Rendering(this.variable, this.nodes);
    keepingFocus(() => {
      this.nodes = rendering.build(this.host, this.nodes, models, this.nodes.at(-1)?.nextSibling);
      rendering.finish();
    });
    if (this.list) unsettled.add(this.list);
  }

  forsake() {
    for (const bond of halfTyped) {
      if (bond.scope === this.variable && halfTyped.delete(bond)) bond.settle();
    }
  }

  destroy() {
    views.delete(this);
    this.entry?.destroy();
    this.nodes.forEach(drop);
  }
}

/** Shows a `lua.ViewList`: a view of each item, which moves with it. */
class List {
  rows = new Map();

  constructor(host, variable) {
    Object.assign(this, { host, variable });
    this.items = new Variable(variable, { path: "items", access: "r" });
    this.items.listeners.add(() => this.arrange());
  }

  arrange() {
    const numbers = (this.items.value ?? []).map((item) => item?.obj);
    const leaving = new Map(this.rows);
    for (const number of numbers) leaving.delete(number);
    const rowOf = (number) => this.rows.get(number) ?? this.again(leaving) ?? this.row(number);
    this.rows = new Map(numbers.map((number) => [number, rowOf(number)]));
    leaving.forEach(destroy);
    for (const [number, { entry }] of this.rows) {
      entry.given = { obj: number };
      if (!entry.isKnown) entry.announce();
    }
    this.epoch = epoch;
    unsettled.add(this);
  }

  /** In another connection objects may have other numbers, and are most likely the same. */
  again(leaving) {
    const [[number, row] = []] = this.epoch === epoch ? [] : leaving;
    leaving.delete(number);
    return row;
  }

  row(number) {
    const entry = new Variable(this.items, {}, { obj: number });
    const item = new Variable(entry, { path: "item", access: "r" });
    return new View(this.host, item, this.variable, this, entry);
  }

  settle() {
    keepingFocus(() => place(this.host, [...this.rows.values()].flatMap(({ nodes }) => nodes), null));
    bonds.get(this.host)?.settle();
  }

  destroy() {
    this.rows.forEach(destroy);
  }
}

// ---- Bindings: what the attributes of an element mean.

const bonds = new WeakMap();
const halfTyped = new Set(); // bonds of inputs whose text has not been written yet

/** An element's bindings, and the error that it shows. */
class Bond {
  bindings = [];
  parts = [];

  constructor(element, scope) {
    Object.assign(this, { element, scope });
  }

  /** Makes a variable for as long as the element lives; without a path, it is the scope. */
  variable(path, show, properties = { access: "r" }) {
    const variable = path ? new Variable(this.scope, { ...properties, path }) : this.scope;
    const tell = () => this.settle();
    variable.listeners.add(tell);
    this.bindings.push({ variable, show });
    this.parts.push(path ? variable : { destroy: () => variable.listeners.delete(tell) });
    return variable;
  }

  settle() {
    for (const { variable, show } of this.bindings) if (variable.value !== undefined) show?.(variable.value);
    this.showError(this.bindings.map(({ variable }) => variable.error).find(Boolean));
  }

  showError(error) {
    const { element } = this;
    element.classList.toggle("ui-error", !!error);
    if (error === this.error) return;
    if (!this.error) this.title = element.title;
    element.title = error?.description ?? this.title;
    this.error = error;
  }

  destroy() {
    halfTyped.delete(this);
    this.parts.forEach(destroy);
  }
}

function bind(element, scope) {
  const bond = new Bond(element, scope);
  for (const name of element.getAttributeNames()) {
    const [, kind, argument] = /^ui-([a-z]+)-?(.*)/.exec(name) ?? [];
    if (!(kind in binders)) continue;
    bonds.set(element, bond);
    binders[kind](bond, element.getAttribute(name).trim(), argument);
  }
  return bonds.get(element);
}

const isControl = (element) => element?.matches("input, select, textarea");
const takesValue = (path) => /\(_\)(\?|$)/.test(path);

function format(value) {
  if (Array.isArray(value)) return value.map(format).join(", ");
  return typeof value === "object" ? "" : String(value);
}

/** Whether an attribute would turn data into code. */
const isCode = (name, text) =>
  /^(on|srcdoc)/.test(name) || (/(href|src|action|data)$/.test(name) && /^javascript:/i.test(text.replace(/[\0- ]/g, "")));

const binders = {
  value(bond, path) {
    const { element } = bond;
    if (isControl(element)) return bindControl(bond, path);
    bond.isFilled = true;
    bond.variable(path, (value) => {
      if (element.textContent !== format(value)) element.textContent = format(value);
    });
  },

  view(bond, path) {
    bindView(bond, path, {}, (variable) => new View(bond.element, variable, variable));
  },

  viewlist(bond, path) {
    const properties = { wrapper: "lua.ViewList", fallbackNamespace: "list-item" };
    bindView(bond, path, properties, (variable) => new List(bond.element, variable));
  },

  action(bond, path) {
    bindEvent(bond, path, bond.element.nodeName === "FORM" ? "submit" : "click");
  },

  event(bond, path, argument) {
    bindEvent(bond, path, ...argument.split("-"));
  },

  attr(bond, path, name) {
    const { element } = bond;
    bond.variable(path, (value) => {
      const text = value === true ? "" : format(value);
      if (value === null || value === false || isCode(name, text)) element.removeAttribute(name);
      else element.setAttribute(name, text);
      // A select shows its value when there is an option with it.
      const select = bonds.get(element.closest("select"));
      if (select) unsettled.add(select);
    });
  },

  class(bond, path, name) {
    bond.variable(path, (value) => bond.element.classList.toggle(name, !!value));
  },
};

function bindView(bond, path, properties, make) {
  const namespace = bond.element.getAttribute("ui-namespace");
  bond.isFilled = true;
  bond.element.replaceChildren();
  const variable = bond.variable(path, null, { access: "r", namespace: namespace ?? "", ...properties });
  bond.parts.push(make(variable));
}

function bindControl(bond, path) {
  const { element } = bond;
  const access = takesValue(path) ? "w" : "rw";
  const isEager = /[?&]keypress\b/.test(path);
  const variable = bond.variable(path, (value) => halfTyped.has(bond) || showIn(element, value), { access });
  bond.write = () => {
    if (!halfTyped.delete(bond)) return;
    variable.write(read(element));
    bond.showError();
  };
  const onInput = ({ type }) => {
    // An input that goes while it has the focus "has changed".
    if (isRendering) return;
    halfTyped.add(bond);
    if (isEager || type === "change") bond.write();
  };
  element.addEventListener("input", onInput);
  element.addEventListener("change", onInput);
}

function read({ type, checked, value, valueAsNumber }) {
  if (type === "checkbox") return checked;
  if (type !== "number" && type !== "range") return value;
  return Number.isNaN(valueAsNumber) ? null : valueAsNumber;
}

function showIn(element, value) {
  const text = format(value);
  if (element.type === "checkbox") element.checked = !!value;
  else if (element.type === "radio") element.checked = element.value === text;
  else if (element.value !== text) {
    const selection = element === document.activeElement && selectionOf(element);
    element.value = text;
    if (selection) element.setSelectionRange(...selection);
  }
}

function bindEvent(bond, path, type, keyName) {
  const { element } = bond;
  const variable = bond.variable(path, null, { access: "action" });
  const replaces = keyName || type === "submit" || (type === "click" && element.matches("a, button"));
  element.addEventListener(type, (event) => {
    if (keyName && event.key?.toLowerCase() !== keyName) return;
    if (replaces) event.preventDefault();
    // What has been typed comes before what is done with it.
    for (const typed of halfTyped) typed.write();
    const value = isControl(element) ? read(element) : (event.submitter ?? element).getAttribute("value");
    variable.call(takesValue(path) ? value : null);
  });
}

// ---- The page itself, whose scope is the app object.

function bindPage(element) {
  const bond = bind(element, root);
  bond?.settle();
  if (!bond?.isFilled) for (const child of element.children) bindPage(child);
}

function start() {
  page.dataset.luahost = "connecting";
  bindPage(page);
  connect();
  const hurry = () => retry && connect();
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
}

window.luahost = { bind: bindPage }; // for elements that scripts make

if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
else start();
})();
