"""The server: sessions over HTTP and WebSocket, as one ASGI application (extra `server`)."""

from luahost.server.app import create_app

__all__ = ["create_app"]
