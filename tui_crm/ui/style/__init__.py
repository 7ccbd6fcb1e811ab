"""Looks: theme variables and style sheets."""
