"""The bot is killed, again and again, while people file their reports."""
