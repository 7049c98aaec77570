"""Objects in, probabilities out: the classifiers, their taxonomies and features, and the worker that runs them.

May import: surveys, simulate, storage, domain, runtime. A classifier itself never touches the database.
"""
