"""The command line: `dispatch` finds the verb, one module a verb does it, `output` prints.

A verb's module has `HELP` (one sentence), `arguments(parser)` and `run(command, options)`, which
gives the exit code. Nothing here imports Textual, and a verb's module is imported only when it
is called.
"""
