"""What tests of luahost, and of sites, share: fakes, a host that saves in memory, specs in Lua for pytest."""
