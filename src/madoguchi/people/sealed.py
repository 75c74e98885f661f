"""Secrets of rows at rest: a field type, putting one in, taking it out.

A secret is sealed under the office's data key and bound to where it stands: tenant, table, column, row and version of
the key. What is sealed elsewhere, or was changed by a bit, does not open. `people.rotation` seals them all anew.
"""

from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import F

from madoguchi import sealing
from madoguchi.people.models import DataKey, Tenant, TenantModel
from madoguchi.sealing import CannotOpen

VERSION_BYTES = 4
# A rotation may pass between the reading of a value and of its key; a second one in the same moment does not.
_TRIES = 3


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """A secret as bytes: version of its data key (4), nonce (12), ciphertext, tag (16). Empty: none is there.

    `put` alone writes it. A row's own save leaves it as it stands: a row that was loaded before a rotation would bring
    back what no key opens any more.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**(options | {"blank": True, "editable": False}))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002
        return b"" if add else F(self.attname)


def columns() -> list[tuple[type[TenantModel], str]]:
    """Return every column that holds secrets, as pairs of model and name of the field."""
    return [
        (model, field.attname)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedField) and issubclass(model, TenantModel)
    ]


def put(row: TenantModel, column: str, secret: str) -> None:
    """Seal a secret into a saved row, in the place of the one it had; "" takes it away.

    Raises NoMasterKey. A lost master key does not stand in the way: what is sealed now opens again.
    """
    with transaction.atomic():
        sealed = seal_under(newest(row.tenant_id), row, column, secret.encode()) if secret else b""
        type(row)._base_manager.filter(pk=row.pk).update(**{column: sealed})
    setattr(row, column, sealed)


def opened(row: TenantModel, column: str) -> str:
    """Return the secret of a row as it stands in the database, "" when it has none.

    Raises CannotOpen when the master key or the data key is another one or the bytes were changed, and NoMasterKey when
    the master key cannot be read.
    """
    for _ in range(_TRIES):
        sealed = stored(row, column)
        if not sealed:
            return ""
        key = data_key(row.tenant_id, version_of(sealed))
        if key is not None:
            return unseal_under(key, row, column, sealed).decode()
    raise CannotOpen


def stored(row: TenantModel, column: str) -> bytes:
    """Return what a column of a row holds in the database now, nothing when the row is gone."""
    return bytes(type(row)._base_manager.filter(pk=row.pk).values_list(column, flat=True).first() or b"")


def version_of(sealed: bytes) -> int:
    """Return the version of the data key under which something is sealed."""
    return int.from_bytes(sealed[:VERSION_BYTES], "big")


def seal_under(key: tuple[int, bytes], row: TenantModel, column: str, secret: bytes) -> bytes:
    """Return a secret sealed for its place under a data key (version, bytes)."""
    version, data = key
    return version.to_bytes(VERSION_BYTES, "big") + sealing.seal(data, _place(row, column, version), secret)


def unseal_under(key: bytes, row: TenantModel, column: str, sealed: bytes) -> bytes:
    """Return the secret in what stands at a place; raises CannotOpen."""
    return sealing.unseal(key, _place(row, column, version_of(sealed)), sealed[VERSION_BYTES:])


def _place(row: TenantModel, column: str, version: int) -> tuple[str | int, ...]:
    return ("value", row.tenant_id, row._meta.db_table, column, row.pk, version)


def data_key(tenant_id: int, version: int) -> bytes | None:
    """Return a data key; None when it is gone or no master key that is here opens it. Raises NoMasterKey."""
    row = DataKey.objects.filter(tenant_id=tenant_id, version=version).first()
    return unwrapped(row) if row else None


def unwrapped(row: DataKey) -> bytes | None:
    """Return the bytes of a data key, None when no master key that is here opens them. Raises NoMasterKey."""
    for master in sealing.masters():
        if master.mark == row.master:
            try:
                return sealing.unseal(master.key, wrapped_at(row.tenant_id, row.version), bytes(row.wrapped))
            except CannotOpen:
                return None
    return None


def wrapped_at(tenant_id: int, version: int) -> tuple[str | int, ...]:
    """Return the place that a wrapped data key is bound to."""
    return ("data key", tenant_id, version)


def newest(tenant_id: int) -> tuple[int, bytes]:
    """Return the data key of an office to seal under, made when there is none that opens: (version, bytes).

    Only inside a transaction: until its end no rotation of this office passes.
    """
    one_at_a_time(tenant_id)
    row = DataKey.objects.filter(tenant_id=tenant_id).order_by("-version").first()
    key = unwrapped(row) if row else None
    if row and key:
        return row.version, key
    return make(tenant_id, row.version + 1 if row else 1)


def make(tenant_id: int, version: int) -> tuple[int, bytes]:
    """Make a data key of an office and return it: (version, bytes); raises NoMasterKey."""
    key, wrapped, master = fresh(tenant_id, version)
    DataKey.objects.create(tenant_id=tenant_id, version=version, wrapped=wrapped, master=master)
    return version, key


def fresh(tenant_id: int, version: int) -> tuple[bytes, bytes, str]:
    """Return a new data key: its bytes, those bytes wrapped, and which master key wraps them. Raises NoMasterKey."""
    master, key = sealing.master_to_wrap_with(), sealing.new_key()
    return key, sealing.seal(master.key, wrapped_at(tenant_id, version), key), master.mark


def one_at_a_time(tenant_id: int) -> None:
    """Let nobody else seal for an office until the transaction ends; SQLite's transactions are that already."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)
