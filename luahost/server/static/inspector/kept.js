// What the person chose, kept in the browser where it may be.

export const kept = {
  get(name, otherwise) {
    try {
      return JSON.parse(localStorage.getItem("luahost." + name)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem("luahost." + name, JSON.stringify(value));
    } catch {
      /* a private window */
    }
  },
};
