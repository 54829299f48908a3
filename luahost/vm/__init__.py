"""The virtual machine: the only room that imports lupa."""
