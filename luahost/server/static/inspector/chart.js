// A chart: lines over the last minutes, with a value in words for the sample under the pointer.
import { h, svg } from "./elements.js";

export const CHART_POINTS = 180;
const FEWEST_POINTS = 60;

export class Chart {
  // Each series answers its value in a sample; `show` makes a value a text.
  constructor(title, show, series) {
    this.show = show;
    this.series = series;
    this.samples = [];
    this.span = FEWEST_POINTS - 1;
    this.now = h("b", {}, "–");
    this.foot = h("span", {}, "");
    this.top = h("span", {}, "");
    const header = h("header", {}, h("h3", {}, title), this.now);
    const footer = h("footer", {}, this.foot, this.top);
    this.element = h("figure", { class: "card chart" }, header, this.buildDrawing(), footer, this.buildKeys());
  }

  buildDrawing() {
    const grid = [0, 50, 100].map((y) => svg("line", { class: "grid", x1: 0, x2: 100, y1: y, y2: y }));
    this.area = svg("path", { class: "area" });
    this.lines = this.series.map((_, n) => svg("path", { class: n ? "line second" : "line" }));
    this.hair = svg("line", { class: "hair", y1: 0, y2: 100, visibility: "hidden" });
    const props = { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" };
    const drawing = svg("svg", props, grid, this.area, this.lines, this.hair);
    drawing.addEventListener("pointermove", (event) => this.point(event.offsetX / drawing.clientWidth));
    drawing.addEventListener("pointerleave", () => this.point(null));
    return drawing;
  }

  buildKeys() {
    const keys = this.series.map((each, n) => h("span", { class: n ? "key second" : "key" }, each.name));
    return keys.length > 1 ? h("footer", {}, keys) : null;
  }

  put(samples) {
    this.samples = samples;
    this.span = Math.max(samples.length, FEWEST_POINTS) - 1;
    const most = Math.max(...samples.flatMap((sample) => this.series.map((each) => each.of(sample))), 0) * 1.1 || 1;
    const x = (n) => 100 - ((samples.length - 1 - n) / this.span) * 100;
    const y = (value) => 100 - (value / most) * 100;
    this.series.forEach((each, n) => {
      const points = samples.map((sample, at) => `${x(at).toFixed(2)},${y(each.of(sample)).toFixed(2)}`);
      this.lines[n].setAttribute("d", points.length ? "M" + points.join("L") : "");
      if (n === 0) this.area.setAttribute("d", points.length ? `M${x(0)},100L${points.join("L")}L100,100Z` : "");
    });
    this.top.textContent = `to ${this.show(most / 1.1)}`;
    this.point(this.at ?? null);
  }

  // Shows the sample under the pointer, else the last.
  point(at) {
    this.at = at;
    const back = at === null ? 0 : Math.round((1 - at) * this.span);
    const sample = this.samples[this.samples.length - 1 - back];
    this.now.textContent = sample ? this.series.map((each) => this.show(each.of(sample))).join(" / ") : "–";
    this.foot.textContent = back ? `${back} s ago` : "now";
    this.hair.setAttribute("visibility", at === null ? "hidden" : "visible");
    this.hair.setAttribute("x1", (at ?? 0) * 100);
    this.hair.setAttribute("x2", (at ?? 0) * 100);
  }
}
