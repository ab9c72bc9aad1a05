"""The trade: proposal, confirmation, tenders, consignments, refunds, papers."""
