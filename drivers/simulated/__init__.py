"""The other side of every port, each with its drawer of faults."""
