"""Numbers that say what a light curve is like, one file per family. The same code serves training and the
broker."""
