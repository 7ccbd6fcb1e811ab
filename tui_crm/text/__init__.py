"""Strings without I/O: what is safe to show, how wide, how folded, spelled and parsed."""
