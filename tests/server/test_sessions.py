"""Who is there: passwords, lock-out, idle lock, sign-out, roles."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from common.errors import (
    FieldWrong,
    LockedOut,
    MustChangePassword,
    NotPermitted,
    NotSignedIn,
    SessionLocked,
    WrongPassword,
    XinglinError,
    error_from_wire,
)
from common.messages.admin import AddStaff, ListStaff
from common.messages.patients import SearchPatients
from common.messages.session import ChangePassword, SignedIn, SignIn, SignOut, Unlock, WhoAmI
from common.permissions import ROLE_PERMISSIONS, Permission, Role, permissions_of
from common.wire import Refused, Request, decode, encode, new_request_id, reply_type, request_types, wire_name
from installer.sample import PASSWORD
from server import passwords
from server.dispatch import Call
from server.sessions import Actor
from tests.harness import Clinic, SignedInDesk
from tests.server.office import Office, at_once, refusals

LOGIN = "hulan"


def ask(office: Office, request: Request[Any], token: str = "") -> Any:
    """Ask through the whole of dispatch, sessions too; raises the refusal."""
    answer = office.dispatch.answer(Call(name=wire_name(type(request)), body=encode(request), token=token, request_id=new_request_id()))
    if answer.status != 200:
        told = decode(Refused, answer.body)
        raise error_from_wire(told.error, told.fields)
    return decode(reply_type(type(request)), answer.body)


def sign_in(office: Office, login: str = LOGIN, password: str = PASSWORD) -> SignedIn:
    signed_in: SignedIn = ask(office, SignIn(login=login, password=password))
    return signed_in


def refusal(office: Office, login: str = LOGIN, password: str = "wrong") -> XinglinError:
    with pytest.raises(XinglinError) as refused:
        sign_in(office, login, password)
    return refused.value


def test_five_wrong_tries_lock_each_time_for_longer(own_office: Office) -> None:
    office = own_office
    for left in (4, 3, 2, 1):
        error = refusal(office)
        assert isinstance(error, WrongPassword)
        assert error.tries_left == left
    seconds = []
    for _ in range(4):
        error = refusal(office)
        assert isinstance(error, LockedOut)
        seconds.append(error.seconds)
        locked = refusal(office, password=PASSWORD)  # the right one does not help while it is locked
        assert isinstance(locked, LockedOut)
        assert error.seconds - 30 <= locked.seconds <= error.seconds
        office.clock.wall_by += timedelta(seconds=error.seconds + 1)
    assert seconds == [60, 120, 240, 480]
    assert sign_in(office, "zhouqing").staff.login == "zhouqing"  # nobody else is concerned
    sign_in(office)
    error = refusal(office)
    assert isinstance(error, WrongPassword)
    assert error.tries_left == 4  # the right one starts the count anew


def test_a_lock_does_not_grow_for_ever(own_office: Office) -> None:
    own_office.database.run("UPDATE staff SET wrong_tries = 500 WHERE login = %s", LOGIN)
    error = refusal(own_office)
    assert isinstance(error, LockedOut)
    assert error.seconds <= 3840


def test_wrong_tries_at_once_are_all_counted(own_office: Office) -> None:
    outcomes = at_once(*[partial(sign_in, own_office, LOGIN, "wrong")] * 4)
    assert sorted(error.tries_left for error in refusals(outcomes)) == [1, 2, 3, 4]  # type: ignore[attr-defined]
    token = sign_in(own_office, "zhouqing").token
    requests: list[Request[Any]] = [Unlock(password="wrong"), ChangePassword(old="wrong", new="Another-2026")]
    outcomes = at_once(*(partial(ask, own_office, request, token) for request in requests * 2))
    assert own_office.rows("SELECT wrong_tries FROM staff WHERE login = 'zhouqing'") == [(4,)]


def test_an_unknown_login_is_refused_like_a_wrong_password(office: Office) -> None:
    error = refusal(office, "nobody", PASSWORD)
    assert isinstance(error, WrongPassword)
    assert isinstance(refusal(office, "system", "!"), WrongPassword)
    assert isinstance(refusal(office, "", ""), WrongPassword)


def test_an_unknown_login_is_told_the_same_as_a_known_one(own_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentence by sentence, and after as much work: a hash is computed for both or for neither."""
    office = own_office
    hashed: list[str] = []
    matches = passwords.matches

    def counted(stored: str, password: str) -> bool:
        hashed.append(stored)
        return matches(stored, password)

    monkeypatch.setattr(passwords, "matches", counted)

    def told(login: str) -> list[tuple[Any, ...]]:
        heard = []
        for _ in range(4 + 2):
            hashed.clear()
            error = refusal(office, login)
            heard.append((type(error), getattr(error, "tries_left", None), round(getattr(error, "seconds", 0) / 60), len(hashed)))
        return heard

    stranger = f"stranger-{new_request_id()[:8]}"
    known = told(LOGIN)
    assert [said[1] for said in known[:4]] == [4, 3, 2, 1]
    assert [(said[0], said[3]) for said in known[4:]] == [(LockedOut, 1), (LockedOut, 0)]
    assert told(stranger) == known


@pytest.mark.parametrize("name", ["sign_in", "unlock", "change_password"])
def test_a_password_of_a_megabyte_is_refused_before_it_is_hashed(own_office: Office, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    token = sign_in(own_office).token
    monkeypatch.setattr(passwords, "_HASHER", None)
    fields = {"sign_in": ("login", "password"), "unlock": ("password",), "change_password": ("old", "new")}[name]
    for long in fields:
        body = msgspec.json.encode({field: "x" * (201 if field == long else 5) for field in fields})
        answer = own_office.dispatch.answer(Call(name=name, body=body, token=token, request_id=new_request_id()))
        assert decode(Refused, answer.body).error == "Malformed", (name, long)


def test_somebody_who_left_cannot_sign_in_and_is_out(own_office: Office) -> None:
    token = sign_in(own_office).token
    own_office.database.run("UPDATE staff SET active = false WHERE login = %s", LOGIN)
    own_office.dispatch.sessions.forget_all()
    with pytest.raises(NotSignedIn):
        ask(own_office, WhoAmI(), token)
    assert isinstance(refusal(own_office, password=PASSWORD), WrongPassword)


def test_refused_sign_ins_are_audited_without_what_was_typed(own_office: Office) -> None:
    refusal(own_office, LOGIN, "Secret-Typed-1")
    refusal(own_office, "nobody", "Secret-Typed-2")
    entries = own_office.rows("SELECT row_to_json(e)::text FROM audit_entry e WHERE act LIKE 'sign_in%%' ORDER BY id")
    assert len(entries) == 2
    assert LOGIN in entries[0][0]
    assert "nobody" in entries[1][0]
    dump = str(own_office.rows("SELECT row_to_json(e)::text FROM audit_entry e")) + str(own_office.rows("SELECT * FROM request_log"))
    assert "Secret-Typed" not in dump


def test_neither_token_nor_password_is_in_the_database(own_office: Office) -> None:
    token = sign_in(own_office).token
    ask(own_office, ChangePassword(old=PASSWORD, new="Another-2026"), token)
    for (table,) in own_office.rows("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"):
        if table in ("audit_entry", "request_log", "session", "staff", "outbox"):
            text = str(own_office.rows(f"SELECT t::text FROM {table} t"))
            for secret in (token, PASSWORD, "Another-2026"):
                assert secret not in text, table
                assert secret.encode().hex() not in text, table
    stored = own_office.rows("SELECT token_hash FROM session")
    assert [bytes(row[0]) for row in stored] == [hashlib.sha256(token.encode()).digest()]
    assert own_office.rows("SELECT password_hash LIKE '$argon2id$v=19$m=32768,t=3,p=1$%%' FROM staff WHERE login = %s", LOGIN) == [(True,)]


def test_a_session_ends_after_its_hours(own_office: Office) -> None:
    signed_in = sign_in(own_office)
    hours = signed_in.expires_at - own_office.clock.wall()
    assert timedelta(hours=13) < hours <= timedelta(hours=14)
    own_office.database.run("UPDATE session SET expires_at = now() - interval '1 second'")
    own_office.dispatch.sessions.forget_all()
    with pytest.raises(NotSignedIn):
        ask(own_office, WhoAmI(), signed_in.token)


def test_a_screen_in_the_hall_stays_signed_in_and_is_never_locked(own_office: Office) -> None:
    office = own_office
    office.desk("admin").call(AddStaff(login="dating", name="大厅叫号屏", roles=(Role.HALL_SCREEN,), password=PASSWORD))
    session = sign_in(office, "dating")
    office.clock.wall_by = timedelta(hours=25)  # the service was away, or the line
    actor = office.dispatch.sessions.actor(session.token, office.clock.wall())
    assert not actor.locked
    assert (session.expires_at - office.clock.wall()).days == 29
    office.clock.wall_by = timedelta(days=32)
    office.dispatch.sessions.forget_all()
    with pytest.raises(NotSignedIn):
        office.dispatch.sessions.actor(session.token, office.clock.wall())


def test_an_idle_session_locks_until_the_password_is_given(own_office: Office) -> None:
    office = own_office
    token = sign_in(office).token
    ask(office, SearchPatients(text="x"), token)
    office.clock.wall_by = timedelta(minutes=16)
    office.dispatch.sessions.forget_all()
    for _ in range(2):
        with pytest.raises(SessionLocked):
            ask(office, SearchPatients(text="x"), token)
    assert ask(office, WhoAmI(), token).staff.login == LOGIN  # who one is may be asked, so that the lock screen can say it
    with pytest.raises(WrongPassword):
        ask(office, Unlock(password="wrong"), token)
    with pytest.raises(SessionLocked):
        ask(office, SearchPatients(text="x"), token)
    ask(office, Unlock(password=PASSWORD), token)
    assert ask(office, SearchPatients(text="x"), token).hits == ()


def test_work_keeps_a_session_open(own_office: Office) -> None:
    token = sign_in(own_office).token
    for minutes in (10, 20, 30):
        own_office.clock.wall_by = timedelta(minutes=minutes)
        own_office.dispatch.sessions.forget_all()
        ask(own_office, SearchPatients(text="x"), token)


def test_signing_out_ends_the_session_at_once(clinic: Clinic) -> None:
    desk = SignedInDesk(clinic.url, LOGIN)
    other = SignedInDesk(clinic.url, LOGIN)
    desk.call(WhoAmI())
    desk.call(SignOut())
    with pytest.raises(NotSignedIn):
        desk.call(WhoAmI())
    assert other.call(WhoAmI()).staff.login == LOGIN  # the session at the other desk is another one


def test_a_new_password_ends_the_other_sessions(own_office: Office) -> None:
    office = own_office
    here, elsewhere = sign_in(office).token, sign_in(office).token
    with pytest.raises(WrongPassword):
        ask(office, ChangePassword(old="wrong", new="Another-2026"), here)
    ask(office, ChangePassword(old=PASSWORD, new="Another-2026"), here)
    ask(office, WhoAmI(), here)
    with pytest.raises(NotSignedIn):
        ask(office, WhoAmI(), elsewhere)
    assert isinstance(refusal(office, password=PASSWORD), WrongPassword)
    assert not sign_in(office, password="Another-2026").must_change_password


@pytest.mark.parametrize("bad", ["", "Short-1", "alllowercase", "lowercase123", "ALLUPPER123", "Hulan-2026-x", "12345678901"])
def test_passwords_that_are_too_simple(own_office: Office, bad: str) -> None:
    token = sign_in(own_office).token
    with pytest.raises(FieldWrong):
        ask(own_office, ChangePassword(old=PASSWORD, new=bad), token)
    with pytest.raises(FieldWrong):
        own_office.desk("admin").call(
            AddStaff(login="hulan2" if "ulan" not in bad else "hulan", name="某", roles=(Role.NURSE,), password=bad)
        )
    sign_in(own_office)


def test_a_first_password_must_be_changed(own_office: Office) -> None:
    own_office.desk("admin").call(AddStaff(login="newone", name="新人", roles=(Role.NURSE,), password="Welcome-2026"))
    signed_in = sign_in(own_office, "newone", "Welcome-2026")
    assert signed_in.must_change_password
    for request in (SearchPatients(text="x"), ListStaff()):
        with pytest.raises(MustChangePassword):
            ask(own_office, request, signed_in.token)
    assert ask(own_office, WhoAmI(), signed_in.token).must_change_password
    ask(own_office, ChangePassword(old="Welcome-2026", new="Different-2026"), signed_in.token)
    assert not ask(own_office, WhoAmI(), signed_in.token).must_change_password
    assert ask(own_office, SearchPatients(text="x"), signed_in.token).hits == ()


def test_what_a_sign_in_tells(own_office: Office) -> None:
    signed_in = sign_in(own_office, "fangzhou")
    assert signed_in.staff.roles == (Role.DOCTOR,)
    assert set(signed_in.permissions) == permissions_of([Role.DOCTOR])
    assert (signed_in.clinic.name, signed_in.clinic.today) == ("杏林诊所", own_office.today)
    me = ask(own_office, WhoAmI(), signed_in.token)
    assert me.token == ""
    assert msgspec.structs.replace(me, token=signed_in.token, expires_at=signed_in.expires_at) == signed_in


def test_roles_that_were_added_count_at_the_next_look(own_office: Office) -> None:
    token = sign_in(own_office).token
    with pytest.raises(NotPermitted):
        ask(own_office, ListStaff(), token)
    own_office.database.run("UPDATE staff SET roles = roles || '{administrator}' WHERE login = %s", LOGIN)
    own_office.dispatch.sessions.forget_all()
    assert ask(own_office, ListStaff(), token).staff


# --- the matrix of permissions


def least(kind: Any) -> Any:
    """The smallest value of a type that can be decoded."""
    made: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.required:
            made[field.encode_name] = _least(msgspec.inspect.type_info(field.type))
    return made


_ALWAYS: dict[str, Any] = {
    "DateType": "2026-01-05",
    "DateTimeType": "2020-01-05T08:00:00+08:00",
    "TimeType": "08:00:00",
    "DecimalType": "1",
    "BoolType": False,
    "UnionType": None,
}
_PATTERNS = {
    r"^[0-9]{1,18}$": "1",
    r"^\d{6}$": "110101",
    r"^[0-9A-Z]{7}$": "1101010",
    r"^[0129]$": "1",
    r"^(none|unrestricted|restricted|special)$": "none",
    "^(PHARMACY|STORE)$": "STORE",
    "^(LOOK|SOUND|STRENGTH)$": "LOOK",
    "^(PHARMACY|STORE|QUARANTINE)$": "STORE",
}
_MADE: dict[str, Callable[[Any], Any]] = {
    "EnumType": lambda info: next(iter(info.cls)).value,
    "LiteralType": lambda info: info.values[0],
    "IntType": lambda info: info.ge or (987_654_321 if info.le is None else 1),
    "StrType": lambda info: _PATTERNS.get(info.pattern, "clinical x of it"[: info.max_length or max(info.min_length or 0, 10)]),
    "StructType": lambda info: least(info.cls),
    "VarTupleType": lambda info: [_least(info.item_type)] * (info.min_length or 0),
    "DictType": lambda info: {_least(info.key_type): _least(info.value_type)} if info.min_length else {},
}


def _least(info: Any) -> Any:
    name = type(info).__name__
    return _ALWAYS[name] if name in _ALWAYS else _MADE[name](info)


REQUESTS = sorted(request_types().items())


@pytest.mark.parametrize(("name", "kind"), REQUESTS, ids=[name for name, _ in REQUESTS])
def test_each_role_may_do_what_its_permissions_say_and_nothing_else(office: Office, name: str, kind: Any) -> None:
    fields = least(kind)
    if name == "add_staff":
        fields |= {"login": "someone"}
    request = msgspec.convert(fields, kind, strict=False)
    for role, held in ROLE_PERMISSIONS.items():
        actor = Actor(staff_id=office.actor("admin").staff, roles=frozenset({role}), permissions=held)
        assert denied(office, request, actor) is (kind.permission not in held | {Permission.ANYONE}), (name, role)
    nobody = Actor()
    if kind.permission is not Permission.ANYONE:
        with pytest.raises(NotSignedIn):
            office.dispatch.perform(request, nobody, new_request_id())
    if kind.permission not in (Permission.ANYONE, Permission.SESSION_OWN):
        locked = msgspec.structs.replace(actor, locked=True, permissions=frozenset(Permission))
        with pytest.raises(SessionLocked):
            office.dispatch.perform(request, locked, new_request_id())


def denied(office: Office, request: Request[Any], actor: Actor) -> bool:
    """Whether the permission is what keeps it from being done. What else is wrong with it does not matter here."""
    try:
        office.dispatch.perform(request, actor, new_request_id())
    except NotPermitted as refused:
        return refused.permission == type(request).permission
    except XinglinError:
        return False
    return False


def test_an_administrator_sees_nothing_of_a_patient_and_a_manager_nothing_of_the_system() -> None:
    clinical = ("patient.", "consult.", "prescription.", "queue.", "pharmacy.", "registration.", "cashier.")
    assert [p for p in ROLE_PERMISSIONS[Role.ADMINISTRATOR] if p.startswith(clinical)] == []
    assert [p for p in ROLE_PERMISSIONS[Role.MANAGER] if p.startswith("admin.")] == []


def test_a_login_that_does_not_exist_is_answered_like_one_that_does(own_office: Office) -> None:
    office = own_office
    answers = [[refusal(office, login) for _ in range(6)] for login in ("nobody.here.at.all", LOGIN)]
    assert [[type(error) for error in row] for row in answers] == [[WrongPassword] * 4 + [LockedOut] * 2] * 2
    strange, known = ([getattr(error, "tries_left", None) for error in row] for row in answers)
    assert strange == known == [4, 3, 2, 1, None, None]


def test_a_first_password_is_good_for_nothing_but_changing_it(own_office: Office) -> None:
    office = own_office
    fresh = "Erstes-Wort-2026"
    office.desk("admin").call(AddStaff(login="lishu", name="李舒", roles=(Role.ADMINISTRATOR,), password=fresh))
    token = sign_in(office, "lishu", fresh).token
    with pytest.raises(MustChangePassword):
        ask(office, ListStaff(), token)
    ask(office, ChangePassword(old=fresh, new="Eigenes-Wort-2026"), token)
    assert ask(office, ListStaff(), token).staff


def test_a_password_is_never_longer_than_what_is_worth_hashing(own_office: Office) -> None:
    answer = own_office.dispatch.answer(Call(name="sign_in", body=b'{"login": "hulan", "password": "%s"}' % (b"x" * 201)))
    assert answer.status == 400
