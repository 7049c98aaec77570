"""What the words mean: pure values and functions. Imports nothing of ours."""
