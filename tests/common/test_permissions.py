"""Roles and what they may do."""

from __future__ import annotations

import pytest

from common.i18n import CHINESE, ENGLISH, language
from common.permissions import ROLE_PERMISSIONS, Permission, Role, permissions_of, role_name


def test_permissions_are_kept_sorted_and_named_alike() -> None:
    names = [permission.name for permission in Permission]
    assert names == sorted(names)
    assert all(permission.value == permission.name.lower().replace("_", ".", 1) for permission in Permission)


def test_every_role_has_rights_and_every_right_a_role() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)
    assert permissions_of(Role) == set(Permission) - {Permission.ANYONE, Permission.SERVICE}
    assert all(Permission.SESSION_OWN in permissions for permissions in ROLE_PERMISSIONS.values())


def test_nobody_has_no_right_and_roles_add_up() -> None:
    assert permissions_of(()) == frozenset()
    both = permissions_of((Role.CASHIER, Role.REGISTRATION_CLERK))
    assert both == ROLE_PERMISSIONS[Role.CASHIER] | ROLE_PERMISSIONS[Role.REGISTRATION_CLERK]


@pytest.mark.parametrize(
    "permission", [p for p in Permission if p.value.partition(".")[0] in ("patient", "consult", "prescription", "queue")]
)
def test_an_administrator_sees_no_clinical_data(permission: Permission) -> None:
    assert permission not in ROLE_PERMISSIONS[Role.ADMINISTRATOR]


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.PRESCRIPTION_SIGN, {Role.DOCTOR}),
        (Permission.PHARMACY_REVIEW, {Role.PHARMACIST}),
        (Permission.PHARMACY_DISPENSE, {Role.PHARMACIST}),
        (Permission.CASHIER_SETTLE, {Role.CASHIER}),
        (Permission.ADMIN_STAFF, {Role.ADMINISTRATOR}),
        (Permission.CONSULT_VIEW, {Role.DOCTOR, Role.PHARMACIST}),
    ],
)
def test_who_holds_what(permission: Permission, roles: set[Role]) -> None:
    assert {role for role, held in ROLE_PERMISSIONS.items() if permission in held} == roles


def test_role_names_in_both_languages() -> None:
    with language(ENGLISH):
        assert role_name(Role.STORE_KEEPER) == "Store keeper"
    with language(CHINESE):
        names = [role_name(role) for role in Role]
    assert len(set(names)) == len(names)
    assert "药师" in names
