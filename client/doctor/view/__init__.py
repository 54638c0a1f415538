"""The widgets of the doctor's desk."""
