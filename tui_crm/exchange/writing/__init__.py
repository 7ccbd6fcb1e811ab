"""Customers and reports as files: CSV, XLSX, vCards, JSON lines."""
