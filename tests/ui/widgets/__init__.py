"""The widgets, alone in small apps."""
