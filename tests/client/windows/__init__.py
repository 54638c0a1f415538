"""Tests of the desk of the pharmacy's windows."""
