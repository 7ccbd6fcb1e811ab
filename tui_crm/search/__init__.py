"""Search: from what was typed to customers.

    find(session, "anna berlin tag:vip")  -> Answer      the best hits, marked
    all_ids(session, "status:lead sort:name") -> array   every match, in list order
    count(session, "owner:me") -> int
    corrected(session, "jonh", have) -> Answer   whom it finds if it is mistyped
    find_or_correct(session, text)              both, one behind the other
    refuse_problems(session, text)              raises where the query is not clear
    warm(session)                               so that the first query is as quick as the next

`language.query.parse` reads the text, `plan.make` turns it into what the index is asked and adds
what the viewer may see, an engine (`sqlite`, `postgres`) finds documents, `rank` orders them and
`highlight` marks what matched. `index` keeps the index equal to the data.
"""

from tui_crm.search.answer import all_ids, count, find, id_chunks
from tui_crm.search.plan import refuse_problems
from tui_crm.search.spelling.corrections import corrected, find_or_correct
from tui_crm.search.warm import warm

__all__ = [
    "all_ids",
    "corrected",
    "count",
    "find",
    "find_or_correct",
    "id_chunks",
    "refuse_problems",
    "warm",
]
