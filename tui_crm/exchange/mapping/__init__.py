"""From the columns of a table to fields: what is guessed, what a user says, what is remembered."""
