"""Contact with customer service without logging in; later the help centre."""
