"""Files in and out: sniff, read, map the columns, plan what becomes of each row, write, export.

`sniff` guesses encoding and separator, `reader` gives rows of text, `mapping` says which column
feeds which field, `plan` what each row will do, `export` writes. A further file format is one
more reader; the other rooms do not change.
"""
