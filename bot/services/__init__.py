"""Use cases: one file each; transactions begin and end here."""
