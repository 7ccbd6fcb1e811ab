"""Files in and out: sniff, read, map the columns, plan what becomes of each row, write, export.

`reading` guesses encoding and separator and gives rows of text, `mapping` says which column feeds
which field, `planning` what each row will do, `importing` applies it, `writing` exports. A further
file format is one more reader; the other rooms do not change.
"""
