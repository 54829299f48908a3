// Texts: how times, sizes, counts and places are written.

export const clock = (at_s) => new Date(at_s * 1000).toLocaleTimeString([], { hour12: false });
export const count = (n, one, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
export const whole = (n) => Math.round(n).toLocaleString("en");

export const place = (entry) => (entry.file ? `${entry.file}${entry.line ? ":" + entry.line : ""}` : "");
export const placed = (entry) => [place(entry), entry.message].filter(Boolean).join(": ");

export const kib = (kb) => (kb < 1024 ? `${kb} KiB` : `${(kb / 1024).toFixed(1)} MiB`);

export function micros(us) {
  if (!us) return "";
  return us < 1000 ? `${Math.round(us)} µs` : `${(us / 1000).toFixed(us < 10000 ? 1 : 0)} ms`;
}

export const millis = (ms) => (ms < 1 ? `${Math.round(ms * 1000)} µs` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`);

export function seconds(s) {
  return s < 1 ? `${Math.round(s * 1000)} ms` : s < 90 ? `${s.toFixed(1)} s` : `${Math.round(s / 60)} min`;
}
