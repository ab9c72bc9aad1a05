"""The order of the style files: linked one by one in development, joined into one hashed file by the static storage."""

PARTS = tuple(f"css/{name}.css" for name in ("tokens", "base", "shell", "controls", "parts", "forms", "market", "order", "dash", "print"))
JOINED = "css/site.css"
