"""The taxonomies, one file each: the classes that a classifier may give, as a tree with descriptions."""
