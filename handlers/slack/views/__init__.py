"""The modals: one file each, with `build`, and `read` and `errors` where something is typed."""
