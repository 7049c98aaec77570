"""Output types: views of domain values, one noun a file."""
