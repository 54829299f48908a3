// Elements: made of what sessions say as text nodes and attributes; nothing is ever read as HTML.

export const byId = (id) => document.getElementById(id);

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}

export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);
export const svg = (tag, props, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);

// On a phone each row of a `stack` stands as a block, its cells below each other with their names. `#` marks numbers.
export function tableOf(heads, rows, kind = "stack") {
  const names = heads.map((head) => head.replace("#", ""));
  for (const row of rows) [...row.children].forEach((cell, n) => (cell.dataset.name = names[n]));
  const cells = heads.map((head, n) => h("th", { scope: "col", class: head.startsWith("#") ? "number" : "" }, names[n]));
  return h("div", { class: `card ${kind}` }, h("table", {}, h("thead", {}, h("tr", {}, cells)), h("tbody", {}, rows)));
}

export const cell = (kind, ...children) => h("td", { class: kind }, children);
