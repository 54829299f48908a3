"""Templates: the sites that `luahost new` makes, as package data, and how one becomes a folder."""
