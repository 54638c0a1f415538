"""Tests of the drug store's desk."""
