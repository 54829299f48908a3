"""Checking: what can be said of a site's code without running it: lints, each with its place in a file."""
