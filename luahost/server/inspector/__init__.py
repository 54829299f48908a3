"""The inspector: what a running host looks like to somebody who wants to know."""
