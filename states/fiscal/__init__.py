"""Fiscal values: what the law says must be in the message, on the paper and in the journal."""
