"""The networks Herald speaks with. Strangers to Slack and to SQL."""
