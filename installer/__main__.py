"""``python3 -m installer demo | test | setup``: everything from a bare machine on.

This file is read by whatever Python the machine has, so that an old one gets a sentence and not a syntax error.
"""

import sys

OLDEST = (3, 11)


def main():  # type: ignore[no-untyped-def]  # an older Python must be able to read this line
    """Check Python's version, then go on with what needs it."""
    if sys.version_info[:2] < OLDEST:
        sys.stderr.write(
            "Xinglin needs Python 3.11 or newer; this is Python %d.%d. / 杏林需要 Python 3.11 或更新版本，当前是 %d.%d。\n"  # noqa: UP031
            % (sys.version_info[:2] * 2)
        )
        return 1
    from installer.bootstrap import bootstrap

    return bootstrap(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())  # type: ignore[no-untyped-call]
