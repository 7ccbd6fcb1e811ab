"""Keys take effect in the order in which they were typed, however fast.

Textual hands a key to the focused widget at once and runs the key's binding only after it has
bubbled up through every parent. A key typed behind it can therefore overtake it (of "x, backspace,
y" the y may be deleted) or reach a widget that the first key was about to leave. `KeyOrder` gives
the next key out when the one before has had its effect: bindings run, messages handled, a new
screen mounted and focused.

What a key does may need an answer from the database before it can be seen. A screen then holds the
keys until it has it (`hold_keys`), so that what is typed behind Enter goes to the record that Enter
opens and not into the search. A hold that lasts is broken by Escape or by quitting, so that a
database that does not answer never locks the user in.
"""

from __future__ import annotations

from collections import Counter, deque
from time import monotonic
from typing import TYPE_CHECKING

from textual import events

if TYPE_CHECKING:
    from textual.app import App
    from textual.message_pump import MessagePump

    _Base = App[object]
else:
    _Base = object

_ROUNDS = 3
"""Ways from the focused widget up to the app: the key itself, the message that it caused, and the
screen that the message opened."""
_PATIENCE = 1.0
"""Seconds from which on a hold gives way to `_WAY_OUT`; before that they wait like other keys."""
_WAY_OUT = ("escape", "ctrl+q", "ctrl+c", "alt+q")


class KeyOrder(_Base):
    """Mixin for the app: `class CrmApp(KeyOrder, App)`."""

    _typed: deque[events.Event] | None = None
    _holders: Counter[object] | None = None
    _held_since = 0.0
    _key_at_work = False

    # Holding -----------------------------------------------------------------------------------

    def hold_keys(self, holder: object) -> None:
        """Keep what is typed from now on until `release_keys`; one holder may hold many times."""
        if self._holders is None:
            self._holders = Counter()
        if not self._holders:
            self._held_since = monotonic()
        self._holders[holder] += 1

    def release_keys(self, holder: object) -> None:
        """Take one hold of `holder` back, if it has any; the last one lets the keys go on."""
        if self._holders and holder in self._holders:
            self._holders[holder] -= 1
            if not self._holders[holder]:
                del self._holders[holder]
                self._go_on()

    def free_keys(self, holder: object) -> int:
        """Take every hold of `holder` back; gives how many there were."""
        holds = self._holders.pop(holder, 0) if self._holders else 0
        if holds:
            self._go_on()
        return holds

    def _go_on(self) -> None:
        if not self._holders and not self._key_at_work:
            self._key_at_work = True
            self._follow(self._receiver(), _ROUNDS)

    # Order -------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Queue a key or a paste behind one that is still at work."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        if self._typed is None:
            self._typed = deque()
        if isinstance(event, events.Key) and event.key == "ctrl+j":
            # Enter, typed before the terminal was told to leave it as it is.
            event = events.Key("enter", "\r")
        elif isinstance(event, events.Key) and event.key.startswith("alt+"):
            # Textual gives the letter along, and a text field would take it as typed.
            event = events.Key(event.key, None)
        self._typed.append(event)
        if self._holders and self._breaks_out(event):
            self._holders.clear()
        if not self._key_at_work:
            await self._next_key()

    async def _next_key(self) -> None:
        if self._exit:
            self._typed = None  # the screens are going, and with them what a key could reach
        if not self._typed or self._holders:
            self._key_at_work = False
            return
        self._key_at_work = True
        start = self._receiver()
        try:
            await super().on_event(self._typed.popleft())
        finally:
            self._follow(start, _ROUNDS)

    def _breaks_out(self, event: events.Event) -> bool:
        wants_out = isinstance(event, events.Key) and event.key in _WAY_OUT
        return wants_out and monotonic() - self._held_since > _PATIENCE

    def _receiver(self) -> MessagePump:
        stack = self.screen_stack
        return (stack[-1].focused or stack[-1]) if stack else self

    def _follow(self, node: MessagePump, rounds: int) -> None:
        """Queue behind the key at `node`, then at its parent, and so on up to the app."""
        if node is not self:
            # A widget that the key removed takes no callbacks: go on from the app.
            parent = node._parent or self
            if not node.call_later(self._follow, parent, rounds):
                self._follow(self, rounds)
        elif rounds > 1:
            self.call_later(lambda: self._follow(self._receiver(), rounds - 1))
        else:
            self.call_later(self._next_key)
