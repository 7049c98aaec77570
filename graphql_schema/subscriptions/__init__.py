"""What clients are told of as it happens."""
