// The inspector: which session is looked at, in which view, and what was told so far.
import { Connection } from "./connection.js";
import { byId, h } from "./elements.js";
import { listenForKeys, sayState } from "./frame.js";
import { SessionList } from "./sessions.js";
import { Tabs } from "./tabs.js";
import { viewNamed } from "./views.js";

const MOST = { reloads: 100, lines: 1000 };

// Returns the session and the view that the address names.
function addressed() {
  const [, key, name] = location.hash.match(/^#\/(\w*)\/(\w*)$/) || [];
  return { key: key || null, name };
}

export class Inspector {
  constructor(prefix) {
    this.sessions = [];
    this.reloads = [];
    this.lines = [];
    this.number = 0;
    this.facts = {};
    const { key, name } = addressed();
    this.key = key;
    this.name = viewNamed(name) ? name : "variables";
    this.list = new SessionList((key) => this.turn(key, this.name));
    this.tabs = new Tabs(this.name, (name) => this.turn(this.key, name));
    listenForKeys();
    addEventListener("hashchange", () => this.follow());
    const told = (message) => this.told(message);
    this.connection = new Connection(`${prefix}/inspector/socket`, { told, say: sayState });
  }

  // Goes where the address says, when somebody has changed it.
  follow() {
    const { key, name } = addressed();
    const isKnown = this.sessions.some((session) => session.key === key) && viewNamed(name);
    if (isKnown && (key !== this.key || name !== this.name)) this.turn(key, name);
  }

  get id() {
    return this.sessions.find((session) => session.key === this.key)?.id;
  }

  send(asked) {
    return this.connection.send(asked);
  }

  told(message) {
    if (message.told === "hello") this.greet(message);
    else if (message.told === "sessions") this.meet(message.sessions);
    else if (message.told in MOST) this.keep(message.told, message);
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

  keep(name, message) {
    this[name] = [...(message.is_all ? [] : this[name]), ...message.entries].slice(-MOST[name]);
    const isLog = name === "lines";
    const news = message.is_all ? [] : message.entries.filter((entry) => !isLog || entry.level === "error");
    this.tabs.count(isLog ? "log" : name, news.length);
    if (isLog) this.drawSessions();
  }

  turn(key, name) {
    this.key = key;
    this.name = name;
    history.replaceState(null, "", `#/${encodeURIComponent(key ?? "")}/${name}`);
    const { make, isOfHost } = viewNamed(name);
    this.view = key === null && !isOfHost ? null : new make(this);
    const nobody = h("p", { class: "empty" }, "No session is alive. Open the site, and one is.");
    byId("panel").replaceChildren(...(this.view ? this.view.show() : [nobody]));
    byId("panel").setAttribute("aria-labelledby", `tab-${name}`);
    this.tabs.select(name);
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
    this.list.draw(this.sessions, { current: this.key, lines: this.lines });
  }
}
