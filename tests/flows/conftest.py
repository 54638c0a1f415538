"""A clinic whose service reaches simulated payment channels and a simulated bureau, each a process of its own, as it would the real ones."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QApplication

from client import theme
from common.i18n import CHINESE, set_language
from server import app
from server.channels.simulator import Simulator as ChannelSimulator
from server.channels.simulator import start_simulator as start_channels
from server.insurance.simulator.process import Simulator as BureauSimulator
from server.insurance.simulator.process import start_simulator as start_bureau
from tests.harness import Clinic, TestDatabase


class Connected(msgspec.Struct, frozen=True):
    """A clinic with somebody outside."""

    clinic: Clinic
    channels: ChannelSimulator
    bureau: BureauSimulator

    def insured(self, name: str, insurances: tuple[dict[str, Any], ...] = ()) -> str:
        """Insure a woman; the ID number that is the certificate."""
        number = valid_id(f"440301198503{uuid.uuid4().int % 18 + 10:02d}{uuid.uuid4().int % 500 * 2:03d}")
        own = {"insutype": "310", "psn_type": "1101", "status": "1", "balance_fen": 125_000, "insuplc": "440300"}
        person = {"psn_no": uuid.uuid4().hex[:20], "name": name, "certno": number, "gend": "2", "brdy": "1985-03-12"}
        self.bureau.control("person", {**person, "insurances": list(insurances or (own,))})
        return number


def valid_id(body: str) -> str:
    """17 digits and their check character (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


@pytest.fixture(autouse=True)
def busy_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the service looks after every few seconds it looks after several times a second, so that a flow waits for nobody's round."""
    for what in ("RECONCILE", "EINVOICE", "ERRAND", "SETUP", "INSURANCE", "UPLOAD"):
        monkeypatch.setattr(app, f"_{what}_SECONDS", 0.25)


@pytest.fixture
def screen(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where journals and print jobs lie; the screen speaks Chinese."""
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "home"))
    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    return tmp_path


@pytest.fixture(scope="session")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChannelSimulator]:
    started = start_channels(tmp_path_factory.mktemp("channels") / "memory.db")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BureauSimulator]:
    started = start_bureau(tmp_path_factory.mktemp("bureau") / "state", province="guangdong", arguments=("--lenient",))
    yield started
    started.stop()


@pytest.fixture
def connected(database: TestDatabase, tmp_path: Path, channels: ChannelSimulator, bureau: BureauSimulator) -> Iterator[Connected]:
    """The sample clinic with its channels and its bureau."""
    keys = tmp_path / "keys"
    keys.mkdir()
    channels.control("clear")
    bureau.control("clear")
    secrets = bureau.secrets
    insurance = f'[insurance]\npaasid = "{secrets.paasid}"\ntoken = "{secrets.token}"\nprivate_key = """{secrets.private_key}"""\n'
    (keys / "outside.toml").write_text(channels.outside() + insurance, encoding="utf-8")
    _set_up(database, bureau)
    clinic = Clinic(database, keys)
    clinic.start()
    yield Connected(clinic, channels, bureau)
    clinic.stop()
    channels.control("clear")
    bureau.control("clear")


def _set_up(database: TestDatabase, bureau: BureauSimulator) -> None:
    """The insurance's set-up and the codes that it demands, as the insurance desk enters them."""
    setup = bureau.setup()
    database.stand_apart()
    database.run(
        "UPDATE insurance_setup SET connected = true, province = %s, url = %s, fixmedins_code = %s, fixmedins_name = %s,"
        " mdtrtarea_admvs = %s, timeout_seconds = %s WHERE id = 1",
        setup.province,
        setup.url,
        setup.fixmedins_code,
        setup.fixmedins_name,
        setup.mdtrtarea_admvs,
        setup.timeout_seconds,
    )
    database.run(
        "INSERT INTO insurance_mapping (own_kind, own_id, list_type, med_list_codg, begins, mapped_at, mapped_by)"
        " SELECT 'drug', d.id, '101', 'XT' || lpad(d.id::text, 6, '0') || '1', DATE '2020-01-01', now(), 1 FROM drug d"
        " UNION ALL SELECT 'service', i.id, '201', 'S' || lpad(i.id::text, 6, '0') || '1', DATE '2020-01-01', now(), 1 FROM service_item i"
    )
    database.run("INSERT INTO insurance_code (kind, own_id, code) SELECT 'doctor', id, 'D4403' || lpad(id::text, 8, '0') FROM staff")
    database.run(
        "INSERT INTO insurance_code (kind, own_id, code, extra) SELECT 'department', id, 'A' || lpad(id::text, 3, '0'), 'A03' FROM department"
    )
