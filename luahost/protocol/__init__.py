"""The protocol: what peers and a session say to each other. Bytes in, bytes out; no sockets, no event loop."""
