"""Tables as files: columns with units and meanings, and writers of CSV, VOTable, FITS, Parquet and HATS.

May import: domain. Writers are pure: rows go in, bytes come out, a batch at a time.
"""
