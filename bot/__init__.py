"""Herald: a team's social publishing, run from inside Slack."""
