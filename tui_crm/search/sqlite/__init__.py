"""The index on SQLite: `engine` is what the search asks, `match` how FTS5 is asked."""
