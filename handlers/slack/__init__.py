"""Slack: commands, modals, buttons, App Home, and the messages that Herald owes."""
