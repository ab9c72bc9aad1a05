"""Multi-party deals (rings, one-to-many, set-off workspaces). Empty until its issue fills it."""
