"""Casework: reports joined into cases, their clocks, tables and evidence, all on the one ledger."""
