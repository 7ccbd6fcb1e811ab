"""The terminal face: the only package that imports Textual.

Importing it sets environment defaults that Textual reads once, at its own first import: the Kitty
"report all keys" protocol stays off, because it breaks Chinese input methods in several terminals
and none of our keys needs it; nothing is animated, because every frame of an animation is traffic
on a slow link; an answer that is there is painted within 4 ms, not at the next sixtieth of a
second; and Escape waits 25 ms for a letter that would make it Alt and that letter. A user's own
setting of a variable wins.
"""

import os

os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
os.environ.setdefault("TEXTUAL_FPS", "250")
os.environ.setdefault("ESCDELAY", "25")  # milliseconds
