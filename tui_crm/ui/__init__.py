"""The terminal face: the only package that imports Textual.

Importing it sets two environment defaults that Textual reads once, at its own first import:
the Kitty "report all keys" protocol stays off, because it breaks Chinese input methods in several
terminals and none of our keys needs it, and nothing is animated, because every frame of an
animation is traffic on a slow link. A user's own setting of either variable wins.
"""

import os

os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
