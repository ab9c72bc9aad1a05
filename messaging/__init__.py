"""Threads between parties and notices to people: the inbox and the mail that goes with it."""
