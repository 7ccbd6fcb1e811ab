"""Files of every format read as tables of text, a row at a time."""
