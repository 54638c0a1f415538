"""Tests of the invoices desk."""
