"""What Herald asks of a workspace. manifest.yml says the same, by test."""

SCOPES = ("commands", "chat:write", "users:read", "files:read", "files:write")
"""Commands, messages, names with zones and roles, and the files of the composer."""

HISTORY_SCOPES = ("channels:history", "groups:history")
"""Never asked for. Where an admin grants them, a card whose posting was not answered is looked for before another."""
