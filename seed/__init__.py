"""Scenarios for a running market: empty, demo, stress. Uses every room's services; nobody imports it (ADR 0003)."""
