"""Escrow through a licensed custodian; later the guarantee line, coverage and claims."""
