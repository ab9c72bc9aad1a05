"""Read-mostly insight (tiers, rebates, forecasts, exchange health). Empty until its issue fills it."""
