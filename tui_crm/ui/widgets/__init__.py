"""Widgets that draw plain rows and know nothing of the CRM's rules."""
