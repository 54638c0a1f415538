"""Starter catalogues shipped with the product, and their reader. Prices in them are sample values; see README.md beside this file."""
