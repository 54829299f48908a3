"""Reload: from saved files to new code in running sessions."""
