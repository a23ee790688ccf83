"""Workers that are killed, stopped and cut off from their database, as processes of their own."""
