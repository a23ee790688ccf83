"""How punctual and how fast publishing is, measured beside the bare client loop. A neighbour: nothing imports it."""
