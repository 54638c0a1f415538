"""What `xinglin serve` is told on its command line."""

from __future__ import annotations

import pytest

from server.__main__ import config_of, options


@pytest.mark.parametrize("argv", [["--port", "99999"], ["--port", "-1"], ["--zone", "Mars/X"], ["--zone", "../etc/passwd"]])
def test_what_cannot_be_is_said_and_nothing_starts(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        options(argv)
    assert ended.value.code == 2
    assert argv[0] in capsys.readouterr().err


@pytest.mark.parametrize("unsafe", ["--plain-http", "--unpaired-desks"])
def test_what_is_only_safe_on_loopback_is_refused_elsewhere(unsafe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINGLIN_DATABASE_URL", "postgresql://127.0.0.1/none")
    assert config_of(options([unsafe])).host == "127.0.0.1"
    with pytest.raises(SystemExit):
        config_of(options(["--host", "0.0.0.0", unsafe]))
