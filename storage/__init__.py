"""What Herald remembers. A stranger to Slack and to the platforms; ORM classes never leave this folder."""
