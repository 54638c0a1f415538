"""The vocabulary that desks and service share: no Qt, no SQL, no files' libraries, no network."""
