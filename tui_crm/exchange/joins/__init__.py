"""Several files that belong together, such as customers, contacts and calls, as one import."""
