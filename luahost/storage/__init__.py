"""Storage: the port, and its adapters: memory, SQLite, PostgreSQL."""
