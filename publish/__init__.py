"""Events out: the same that subscribers are told, as messages on topics.

May import: storage, domain, runtime.
"""
