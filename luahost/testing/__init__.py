"""Public fakes for tests of luahost and of what is built on it."""
