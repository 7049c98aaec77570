"""What can be asked, as steps: `Arrayan` and `AsyncArrayan` perform them."""
