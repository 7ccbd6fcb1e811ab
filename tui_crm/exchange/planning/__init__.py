"""What an import will do to each row: to whom it belongs, what is wrong, what is written."""
