"""What the register decides: pure tables, values and views, without input or output."""
