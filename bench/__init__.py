"""Benchmarks: each measures luahost beside the least that raw lupa needs for the same visible work."""
