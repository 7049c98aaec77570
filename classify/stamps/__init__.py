"""From an alert's stamps and its survey's extras to the numbers that a network reads."""
