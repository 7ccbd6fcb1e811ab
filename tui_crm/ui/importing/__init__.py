"""An import on the screen, between its steps: what was chosen, what is asked, what runs."""
