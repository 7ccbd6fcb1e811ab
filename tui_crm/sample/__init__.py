"""Sample data: customers that do not exist, for trying the program and for measuring it.

`people` makes them, `fill` puts them into an empty database, `bench` measures what the program does
with them.
"""

from tui_crm.sample.people import Picklists, customers

__all__ = ["Picklists", "customers"]
