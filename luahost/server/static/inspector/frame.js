// The frame of both pages: the state at their head, and the keys that go anywhere.
import { byId } from "./elements.js";

export function sayState(text, kind) {
  byId("state").textContent = text;
  byId("state").className = kind;
}

export const listenForKeys = () => addEventListener("keydown", onKey);

// `/` goes to the filter, Escape leaves it.
function onKey(event) {
  const isTyping = event.target.closest?.("input, textarea, select");
  const search = document.querySelector("#panel input[type=search]");
  if (event.key === "/" && !isTyping && search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape") {
    document.querySelectorAll("details.menu[open]").forEach((menu) => (menu.open = false));
    if (isTyping === search) search?.blur();
  }
}
