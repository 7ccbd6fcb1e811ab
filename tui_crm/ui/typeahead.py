"""Keys take effect in the order in which they were typed, however fast.

Textual hands a key to the focused widget at once and runs the key's binding only after it has
bubbled up through every parent. A key typed behind it can therefore overtake it (of "x, backspace,
y" the y may be deleted) or reach a widget that the first key was about to leave. `KeyOrder` gives
the next key out when the one before has had its effect: bindings run, messages handled, a new
screen mounted and focused.
"""

from __future__ import annotations

from collections import deque
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


class KeyOrder(_Base):
    """Mixin for the app: `class CrmApp(KeyOrder, App)`."""

    _typed: deque[events.Event] | None = None
    _key_at_work = False

    async def on_event(self, event: events.Event) -> None:
        """Queue a key or a paste behind one that is still at work."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        if self._typed is None:
            self._typed = deque()
        self._typed.append(event)
        if not self._key_at_work:
            await self._next_key()

    async def _next_key(self) -> None:
        if not self._typed:
            self._key_at_work = False
            return
        self._key_at_work = True
        start = self._receiver()
        try:
            await super().on_event(self._typed.popleft())
        finally:
            self._follow(start, _ROUNDS)

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
