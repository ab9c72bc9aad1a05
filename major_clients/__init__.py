"""The special channel for major clients: their applications; later cases, plans, agreements."""
