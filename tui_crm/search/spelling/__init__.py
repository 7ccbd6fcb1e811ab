"""Typing errors: what was probably meant, how alike two words are, and how well that works."""
