"""The insurance desk: set-up, sign-ins, lists, mapping, reconciliation and uploads (DOMAIN.md §1).

What needs the bureau is an *errand*: a request enters its row; the service takes it with a commit, asks with no transaction open, and commits what
came of it (:mod:`server.insurance_desk.runner`). Everything may be done twice, by two processes or after a crash, to the same effect.
"""
