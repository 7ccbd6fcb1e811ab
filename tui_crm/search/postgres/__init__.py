"""The index on PostgreSQL: `engine` is what the search asks, the others are how it answers."""
