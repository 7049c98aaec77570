"""Input types, and how they become domain values."""
