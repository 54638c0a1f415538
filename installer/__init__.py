"""Set-up, the embedded database and the command-line program.

What ``python3 -m installer`` needs before ``.venv`` stands uses the standard library alone: ``__main__``, ``terminal``, ``filelock``,
``libraries``, ``environment``, ``launcher``. Everything else runs inside ``.venv``.
"""
