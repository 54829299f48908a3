"""Inspection: what there is to see of a running host and its sessions, as plain data, for whoever shows it."""
