// Charts: memory, turns a second and how long turns take, of a session and of the whole host.
import { Chart, CHART_POINTS } from "./chart.js";
import { h } from "./elements.js";
import { kib, millis, whole } from "./texts.js";

const NOTE = "Sampled once a second, while somebody looks: three minutes at most.";

const bytes = (value) => kib(Math.round(value / 1024));
const series = (name, at) => ({ name, of: (row) => row[at] });

export class ChartsView {
  asks = { at: "charts" };

  constructor() {
    this.host = [];
    this.session = [];
    this.ofSession = [
      new Chart("Memory", bytes, [series("held", 0)]),
      new Chart("Turn time", millis, [series("mean", 2), series("longest", 3)]),
      new Chart("Turns a second", whole, [series("turns", 1)]),
    ];
    this.ofHost = [
      new Chart("Memory", bytes, [series("process", 0), series("sessions", 1)]),
      new Chart("Turns a second", whole, [series("turns", 2)]),
      new Chart("Sessions", whole, [series("sessions", 3)]),
    ];
  }

  show() {
    const group = (charts) => h("div", { class: "charts" }, charts.map((chart) => chart.element));
    const ofSession = [h("h2", {}, "This session"), group(this.ofSession)];
    const ofHost = [h("h2", {}, "The host"), group(this.ofHost)];
    return [h("div", { class: "page" }, ofSession, ofHost, h("p", { class: "dim" }, NOTE))];
  }

  told(message) {
    if (message.told !== "charts") return;
    const all = (before, more) => [...(message.is_all ? [] : before), ...more].slice(-CHART_POINTS);
    this.host = all(this.host, message.host_rows);
    this.session = all(this.session, message.session_rows);
    for (const chart of this.ofSession) chart.put(this.session);
    for (const chart of this.ofHost) chart.put(this.host);
  }
}
