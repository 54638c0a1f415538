"""The widgets of the pharmacy's desk."""
