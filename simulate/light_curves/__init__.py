"""One file per family of objects: how it is drawn and how it changes. `registry.py` has them all by subclass."""
