"""Attaching: how commands in other processes reach a running host, through a socket in its site."""
