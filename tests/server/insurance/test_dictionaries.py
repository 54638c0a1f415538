"""The dictionaries as data and in their table."""

from __future__ import annotations

from server.db import Read, Tx, Write
from server.insurance.answers import DictionaryValue
from server.insurance.dictionaries import standard, table
from tests import visits
from tests.server.office import Office

_EMPTY = Write("DELETE FROM insurance_dictionary")
_ALL = Read("SELECT value, label, label_en, valid FROM insurance_dictionary WHERE type = %(type)s ORDER BY position, value")


def test_every_value_has_both_labels_and_stands_once() -> None:
    assert {"insutype", "med_type", "mdtrt_cert_type", "chrgitm_lv", "fund_pay_type"} <= set(standard())
    for kind, values in standard().items():
        assert len({value for value, _, _ in values}) == len(values), kind
        assert all(value and label and english for value, label, english in values), kind
    assert {value: english for value, _, english in standard()["insutype"]}["310"] == "Employees"


def test_the_bureaus_own_values_win_and_ours_are_only_a_beginning(office: Office) -> None:
    connection = office.connections.of_thread()
    with connection.transaction(force_rollback=True):
        tx = Tx(connection, office.actor(visits.CLERK), office.clock, None)
        tx.write(_EMPTY)
        assert table.load_standard(connection) == sum(map(len, standard().values()))
        assert table.load_standard(connection) == 0
        own = DictionaryValue(type="insutype", value="310", label="职工医保", position=3)
        table.refresh(tx, "insutype", [own, DictionaryValue(type="insutype", value="9901", label="地方险种", position=1)])
        rows = {row[0]: row[1:] for row in tx.rows(_ALL, type="insutype")}
        assert rows["310"] == ("职工医保", "Employees", True)
        assert rows["9901"] == ("地方险种", "", True)
        assert rows["390"] == ("城乡居民基本医疗保险", "Residents", False)
        table.refresh(tx, "insutype", [])
        assert table.load_standard(connection) == 0
        assert rows == {row[0]: row[1:] for row in tx.rows(_ALL, type="insutype")}
        assert all(row[3] for row in tx.rows(_ALL, type="med_type"))
