"""The insurance desk on the screen."""
