"""The papers of the clinic. Each is plain data: everything on it as it was at issue, so that a later copy says the same.

DOMAIN.md §2.9 rule 8 names what happens otherwise: reprints that show today's diagnosis.
"""
