"""Who knocks: Slack, HTTP, the clock. Translate in, call one service, render out."""
