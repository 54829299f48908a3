"""Stubs: what editors are told of Lua code under luahost, as `---@meta` annotations for the Lua language server."""
