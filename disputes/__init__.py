"""Complaints about an order and their clocks; later disputes, evidence and rulings."""
