"""Duplicates: found while a customer is typed, and swept out of everything.

One way of reading a customer (`profile`) and one way of comparing two (`compare`) serve both. The
sweep (`sweep`) holds customers as columns (`table`) and compares millions of pairs at once by the
same rules (`arrays`, `values`). It learns from the data itself how much each agreement is worth
(`model`), looks only at pairs that share something (`blocking`), makes groups of them (`cluster`)
and says why in words (`explain`). The check at entry (`entry`) asks a table of keys (`keys`) that
the write door keeps right. What people decided about pairs is remembered (`decisions`).
"""
