"""Turning: whose turn it is in a session, on which thread, from when, and until when."""
