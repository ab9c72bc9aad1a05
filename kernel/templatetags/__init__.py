"""The tags every template of the house may use."""
