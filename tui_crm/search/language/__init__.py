"""The query language: what is typed, read into its parts, completed, rewritten, and described."""
