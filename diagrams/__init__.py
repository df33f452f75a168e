"""Pictures and matrices for auditors, generated from the tables."""
