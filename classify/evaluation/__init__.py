"""How good the classifiers are, and how well that is known."""
