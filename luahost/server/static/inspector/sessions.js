// The list of sessions that are alive, with how each is.
import { byId, h } from "./elements.js";
import { count, kib } from "./texts.js";

export class SessionList {
  // `turn(key)` is called when a session is chosen.
  constructor(turn) {
    this.turn = turn;
  }

  // `lines` are those of the log: a session tells how many errors stand in there.
  draw(sessions, { current, lines }) {
    const focused = document.activeElement?.dataset?.key;
    const failed = failures(lines);
    const items = sessions.map((session) => this.build(session, session.key === current, failed.get(session.id)));
    byId("sessions").replaceChildren(...items);
    if (focused) items.find((item) => item.dataset.key === focused)?.focus();
  }

  build(session, isCurrent, errors) {
    const { key } = session;
    const props = { "data-key": key, "aria-current": isCurrent ? "true" : null, title: key, onclick: () => this.turn(key) };
    return h(
      "button",
      props,
      h("strong", { class: session.is_busy ? "busy" : "" }, `Session ${session.id}`),
      h("small", { class: "numbers" }, kib(session.memory_kb)),
      h("small", {}, `generation ${session.generation} · ${count(session.peers, "peer")}`),
      errors ? h("small", { class: "bad numbers" }, count(errors, "error")) : null,
    );
  }
}

function failures(lines) {
  const failed = new Map();
  for (const { session, level } of lines) if (level === "error") failed.set(session, (failed.get(session) || 0) + 1);
  return failed;
}
