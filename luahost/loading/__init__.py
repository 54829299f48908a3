"""Loading: from a module's name to a compiled chunk."""
