"""How the database comes to be: Alembic's environment and one file per step.

Imports nothing of ours but the tables, in `env.py`. Steps are frozen once released.
"""
