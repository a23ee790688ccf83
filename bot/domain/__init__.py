"""Rules. Standard library only; no input or output, and `now` is an argument."""
