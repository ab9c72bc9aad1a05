"""The pure engines (rings, allocation, set-off): values in, values out. Empty until the deals issue fills it."""
