"""The classifiers, one file each. classify/registry.py names them."""
