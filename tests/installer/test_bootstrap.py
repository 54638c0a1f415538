"""The first half of the set-up: environment, lock, stamp, starter, and what it says when something is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from common.i18n import language
from installer import bootstrap, environment, libraries
from installer.environment import DEVELOPER_LOCK, RUNTIME_LOCK, Environment
from installer.terminal import SetUpStopped, has_display, system_language

REPO = Path(__file__).resolve().parents[2]
BEFORE_VENV = ("__main__", "bootstrap", "terminal", "filelock", "libraries", "environment", "launcher")
EMPTY_LOCK = "# nothing to install\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose locks name no package, with the project's own folders beside them, in a path with a space."""
    repo = tmp_path / "my clinic"
    repo.mkdir()
    for lock in (RUNTIME_LOCK, DEVELOPER_LOCK):
        (repo / lock).write_text(EMPTY_LOCK)
    for name in ("common", "installer", "pyproject.toml"):
        (repo / name).symlink_to(REPO / name)
    return repo


def borrow_packages(here: Environment) -> None:
    """Let an environment that installed nothing see the packages of the one that runs the tests."""
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    packages = next((here.folder / "lib").glob("python3.*/site-packages"))
    (packages / "borrowed.pth").write_text(f"{ours}\n")


# --- locks and stamps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", [RUNTIME_LOCK, DEVELOPER_LOCK])
def test_locks_name_hashes_and_no_address(lock: str) -> None:
    text = (REPO / lock).read_text("utf-8")
    assert "://" not in text
    pins = environment._pins(REPO / lock)
    assert len(pins) > 30
    assert text.count("--hash=sha256:") >= len(pins)


def test_developers_lock_holds_the_runtimes() -> None:
    """So that after the tests the demo has nothing to install."""
    assert environment._pins(REPO / RUNTIME_LOCK) <= environment._pins(REPO / DEVELOPER_LOCK)


def test_filled_environment_is_left_alone(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Environment(checkout).provide(DEVELOPER_LOCK)
    monkeypatch.setattr(Environment, "_fill", lambda *_: pytest.fail("a second start installs nothing"))
    Environment(checkout).provide(DEVELOPER_LOCK)
    Environment(checkout).provide(RUNTIME_LOCK)


def test_changed_lock_is_installed_again(checkout: Path) -> None:
    here = Environment(checkout)
    here.provide(RUNTIME_LOCK)
    (checkout / RUNTIME_LOCK).write_text(EMPTY_LOCK + "# newer\n")
    assert not here.filled_from(RUNTIME_LOCK)
    here.provide(RUNTIME_LOCK)
    assert here.filled_from(RUNTIME_LOCK)


def test_environment_left_half_made_by_a_kill_is_finished(checkout: Path) -> None:
    here = Environment(checkout)
    here.folder.mkdir()
    (here.folder / "pyvenv.cfg").write_text("home = /nowhere\n")
    (here.folder / "lib").mkdir()
    (here.folder / "xinglin-locks.json").write_text("{")
    assert not here.filled_from(RUNTIME_LOCK)
    here.provide(RUNTIME_LOCK)
    assert here.works()
    assert here.filled_from(RUNTIME_LOCK)


def test_package_cut_off_by_a_kill_is_installed_again(checkout: Path) -> None:
    here = Environment(checkout)
    here.provide(RUNTIME_LOCK)
    packages = next((here.folder / "lib").glob("python3.*/site-packages"))
    for name, files in {"whole-1.0.dist-info": ("METADATA", "RECORD"), "cut-1.0.dist-info": ("METADATA",)}.items():
        (packages / name).mkdir()
        for file in files:
            (packages / name / file).write_text("")
    here._forget_half_installed()
    assert {entry.name for entry in packages.glob("*.dist-info")} == {"whole-1.0.dist-info"}


def test_wrong_hash_stops_the_set_up_without_a_stamp(checkout: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    shutil.make_archive(str(wheel), "zip", tmp_path, "my clinic/common/locale")
    wheel.with_suffix(".whl.zip").rename(wheel)
    (checkout / RUNTIME_LOCK).write_text(f"{wheel.as_uri()} --hash=sha256:{'0' * 64}\n")
    with pytest.raises(SetUpStopped, match=r"requirements\.lock"):
        Environment(checkout).provide(RUNTIME_LOCK)
    assert not Environment(checkout).filled_from(RUNTIME_LOCK)
    assert not (checkout / ".venv" / "tmp").exists()


def test_upgraded_system_python_is_noticed(checkout: Path) -> None:
    here = Environment(checkout)
    here.provide(RUNTIME_LOCK)
    settings = here.folder / "pyvenv.cfg"
    settings.write_text(settings.read_text().replace("version = 3.", "version = 2."))
    assert not here.works()


def test_two_set_ups_at_once_take_turns(checkout: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from installer.environment import Environment\n"
        "Environment(Path(sys.argv[1])).provide('requirements.lock')"
    )
    command = [sys.executable, "-c", code, str(checkout)]
    both = [subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(output.count("\n") for output in outputs) == [0, 2], "one works, the other waits"


# --- the starter -----------------------------------------------------------------------------------------------------


def test_starter_works_from_any_folder(checkout: Path, tmp_path: Path) -> None:
    here = Environment(checkout)
    here.provide(RUNTIME_LOCK)
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "common").mkdir(parents=True)  # must not be taken for ours
    (elsewhere / "link").symlink_to(here.python.parent / "xinglin")
    borrow_packages(here)
    done = subprocess.run(["./link", "--version"], cwd=elsewhere, capture_output=True, text=True, check=True)
    assert done.stdout == "xinglin 0.1.0\n"


def test_moved_checkout_gets_its_path_file_anew(checkout: Path) -> None:
    Environment(checkout).provide(RUNTIME_LOCK)
    moved = checkout.rename(checkout.with_name("moved"))
    Environment(moved).provide(RUNTIME_LOCK)
    path_file = next((moved / ".venv" / "lib").glob("python3.*/site-packages/xinglin.pth"))
    assert path_file.read_text() == f"{moved}\n"


# --- before .venv ----------------------------------------------------------------------------------------------------


def test_first_half_needs_the_standard_library_alone() -> None:
    imports = "; ".join(f"import installer.{name}" for name in BEFORE_VENV)
    code = f"import sys; sys.path.insert(0, {str(REPO)!r}); {imports}; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    foreign = set(done.stdout.split()) - sys.stdlib_module_names - {"common", "installer", "__main__"}
    assert foreign == set()


def test_old_python_gets_a_sentence() -> None:
    code = (
        "import sys, runpy\n"
        "class V(tuple): pass\n"
        f"sys.path.insert(0, {str(REPO)!r}); sys.version_info = V((3, 9, 2, 'final', 0))\n"
        "runpy.run_module('installer', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Xinglin needs Python 3.11 or newer; this is Python 3.9.")
    assert "Traceback" not in done.stderr


def test_second_half_gets_its_arguments_and_passes_its_exit_code_on() -> None:
    code = (
        "from installer import bootstrap\n"
        "bootstrap.INSIDE = ('-c', 'import sys; sys.exit(len(sys.argv[1:]) + 5)')\n"
        f"sys_exit = bootstrap.run_inside(bootstrap.Path({sys.executable!r}), ['setup', '--x'])\n"
        "raise SystemExit(sys_exit)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=REPO, check=False).returncode == 7


def test_help_names_the_three_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bootstrap.parse(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("demo", "test", "setup"))
    assert bootstrap.parse(["demo", "--headless", "--out", "x", "-h"]) == ("demo", ["--headless", "--out", "x", "-h"])


def test_only_the_demo_on_a_screen_needs_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_display()
    assert bootstrap.needs_display("demo", [])
    assert not bootstrap.needs_display("demo", ["--headless"])
    assert not bootstrap.needs_display("test", [])
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert sys.platform in ("win32", "darwin") or not bootstrap.needs_display("demo", [])


@pytest.mark.parametrize(("name", "value"), [("LANG", "zh_CN.UTF-8"), ("LC_ALL", "en_GB.UTF-8")])
def test_system_language_is_read_in_posix_order(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv(name, value)
    assert system_language() == value


# --- system libraries ------------------------------------------------------------------------------------------------


def as_person(monkeypatch: pytest.MonkeyPatch, root: bool, lacking: set[str]) -> list[list[str]]:
    """Pretend to be root or not on a machine that lacks some libraries; returns what gets installed."""
    installed: list[list[str]] = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(libraries, "is_root", lambda: root)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(libraries, "_loads", lambda soname: soname not in lacking)

    def install(packages: list[str]) -> None:
        installed.append(packages)
        lacking.clear()

    monkeypatch.setattr(libraries, "install", install)
    return installed


def test_ordinary_user_is_told_the_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = as_person(monkeypatch, root=False, lacking={"libEGL.so.1", "libxcb-cursor.so.0"})
    with language("en"), pytest.raises(SetUpStopped) as stopped:
        libraries.provide_libraries(display=False)
    assert str(stopped.value).splitlines()[-1].endswith("apt-get install -y --no-install-recommends libegl1 libxcb-cursor0")
    assert installed == []


def test_headless_goes_on_without_display_libraries(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    as_person(monkeypatch, root=False, lacking={"libxcb-cursor.so.0"})
    libraries.provide_libraries(display=False)
    assert "libxcb-cursor0" in capsys.readouterr().err
    with pytest.raises(SetUpStopped, match="libxcb-cursor0"):
        libraries.provide_libraries(display=True)


def test_root_installs_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = as_person(monkeypatch, root=True, lacking={"libGL.so.1"})
    libraries.provide_libraries(display=False)
    assert installed == [["libgl1"]]


def test_nothing_missing_installs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = as_person(monkeypatch, root=True, lacking=set())
    libraries.provide_libraries(display=True)
    assert installed == []


def test_library_that_does_not_exist_is_missing() -> None:
    assert libraries.missing({"libno-such-thing.so.9": "nothing"}) == ["nothing"]


def test_ci_calls_the_installer_and_nothing_else() -> None:
    lines = [line for line in (REPO / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "set -e"
    assert lines[-1] == "python3 -m installer test"
    assert len(lines) == 3
    assert os.access(REPO / ".ci" / "run", os.X_OK)
