// The console: Lua that runs in a session, and what it answers.
import { h } from "./elements.js";
import { kept } from "./kept.js";
import { place, placed } from "./texts.js";

const MOST_TYPED = 100;
const MOST_SAID = 500;

export class ConsoleView {
  asks = { at: "" };

  constructor(page) {
    this.page = page;
    this.session = page.key;
    this.typed = kept.get("typed", []);
    this.back = 0;
    this.said = h("div", { class: "said", role: "log", tabindex: 0, "aria-label": "Answers" });
    this.field = h("textarea", {
      rows: 1,
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      "aria-label": "Lua to run in the session",
      placeholder: "Lua: app.title, =expr, several lines with Shift+Enter",
      onkeydown: (event) => this.onKey(event),
      oninput: () => this.fit(),
    });
  }

  show() {
    queueMicrotask(() => this.field.focus({ preventScroll: true }));
    const ask = this.page.facts.can_run ? h("div", { class: "ask" }, this.field) : notice();
    return [h("div", { class: "console" }, this.said, ask)];
  }

  told(message) {
    if (message.told === "answer") this.answer(message);
    if (message.told !== "lines" || message.is_all) return;
    for (const line of message.entries.filter((each) => each.session === this.page.id)) {
      this.say(`${place(line)} ${line.message}`.trim(), line.level === "error" ? "bad" : "dim");
    }
  }

  resumed() {
    if (this.pending) this.say("the connection was lost before the answer came", "bad");
    this.pending = null;
  }

  onKey(event) {
    const { value, selectionStart, selectionEnd } = this.field;
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) this.run(value);
    else if (event.key === "ArrowUp" && !value.slice(0, selectionStart).includes("\n")) this.recall(1);
    else if (event.key === "ArrowDown" && !value.slice(selectionEnd).includes("\n")) this.recall(-1);
    else return;
    event.preventDefault();
  }

  recall(way) {
    const back = Math.min(Math.max(this.back + way, 0), this.typed.length);
    if (back === this.back) return;
    this.back = back;
    this.field.value = back ? this.typed[this.typed.length - back] : "";
    this.fit();
  }

  fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  run(code) {
    if (!code.trim() || this.pending) return;
    this.pending = code;
    if (!this.page.send({ ask: "run", session: this.session, code, number: ++this.page.number })) {
      this.pending = null;
      this.say("not connected", "bad");
    }
  }

  answer(message) {
    const code = this.pending;
    this.pending = null;
    if (message.is_incomplete && code !== null && this.field.value === code) {
      this.field.setRangeText("\n", code.length, code.length, "end");
      return this.fit();
    }
    this.remember(code);
    this.say(code, "typed");
    const { error, note, text } = message;
    if (error) this.say([placed(error), ...(error.stack || [])].join("\n  "), "bad");
    else if (note || text) this.say(note || text, note ? "dim" : "");
  }

  remember(code) {
    if (this.typed[this.typed.length - 1] !== code) this.typed = [...this.typed, code].slice(-MOST_TYPED);
    kept.set("typed", this.typed);
    this.back = 0;
    if (this.field.value === code) this.field.value = "";
    this.fit();
  }

  say(text, kind) {
    this.said.append(h("pre", { class: kind }, text));
    while (this.said.children.length > MOST_SAID) this.said.firstChild.remove();
    this.said.scrollTop = this.said.scrollHeight;
  }
}

function notice() {
  const code = (text) => h("code", {}, text);
  const why = ["The console may change anything in a session, so it needs the grant ", code("remote_code")];
  return h("p", { class: "notice" }, why, ". Add it to ", code("luahost.toml"), ": ", code('allow = ["remote_code"]'));
}
