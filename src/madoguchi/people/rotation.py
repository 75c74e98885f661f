"""Sealing all secrets anew, and wrapping data keys under another master key, while the product runs.

Both may be killed at any moment: what is there always opens, and doing it again finishes. Until the end the old key and
the new one are both there; at the end the old one opens nothing that is still kept.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from madoguchi import sealing
from madoguchi.people.events import tell
from madoguchi.people.models import DataKey, Tenant, TenantModel
from madoguchi.people.sealed import (
    columns,
    data_key,
    make,
    newest,
    one_at_a_time,
    opened,
    seal_under,
    stored,
    unseal_under,
    unwrapped,
    version_of,
    wrapped_at,
)
from madoguchi.sealing import CannotOpen, MasterKey, NoMasterKey


@dataclass(frozen=True)
class Rotated:
    """What a rotation did for an office: the version that stands now, how many secrets it sealed anew, how many do not
    open and stayed as they were, and whether it went on with one that had been interrupted."""

    version: int
    resealed: int
    unreadable: int
    continued: bool


@dataclass(frozen=True)
class Standing:
    """The data keys and secrets of an office in numbers: {version: secrets under it}, data keys and secrets that do not
    open."""

    secrets: dict[int, int]
    closed_keys: int
    closed_secrets: int


def rotate(tenant_id: int, actor: str) -> Rotated | None:
    """Seal every secret of an office under a new data key and delete the old one; None when there is nothing sealed.

    One that was interrupted is finished instead. Raises NoMasterKey.
    """
    _forget_what_is_deleted()
    continued = _begun(tenant_id, actor)
    if continued is None:
        return None
    outcomes = Counter(_resealed(row, column) for row, column in _secrets(tenant_id))
    version = _ended(tenant_id, actor, outcomes["resealed"])
    _empty_the_journal()
    return Rotated(version, outcomes["resealed"], outcomes["closed"], continued)


def rotate_master(actor: str) -> int:
    """Wrap the data keys of all offices under a new master key, which then replaces the old; return how many.

    Raises NoMasterKey when there is no new one, or a data key does not open: then nothing changes.
    """
    _forget_what_is_deleted()
    with sealing.one_change_at_a_time():
        for row in DataKey.objects.all():
            _must_open(row)
        count = _wrap_all_under(sealing.begin_next(), actor)
        sealing.finish_next()
    _empty_the_journal()
    return count


def _wrap_all_under(master: MasterKey, actor: str) -> int:
    with transaction.atomic():
        for tenant in Tenant.objects.order_by("pk"):
            one_at_a_time(tenant.pk)
        rows = list(DataKey.objects.exclude(master=master.mark))
        for row in rows:
            row.wrapped = sealing.seal(master.key, wrapped_at(row.tenant_id, row.version), _must_open(row))
            row.master = master.mark
            row.save(update_fields=["wrapped", "master"])
        for tenant_id, count in Counter(row.tenant_id for row in rows).items():
            tell(tenant_id, actor, "secrets.master-changed", data_keys=count)
    return len(rows)


def _must_open(row: DataKey) -> bytes:
    key = unwrapped(row)
    if key is None:
        raise NoMasterKey(
            "今の主鍵で開けないデータの鍵があるため、主鍵を替えませんでした。主鍵を控えから戻すか、"
            "開けないキーを入力し直して「madoguchi secrets rotate」を実行してから、もう一度お試しください。"
        )
    return key


def standing(tenant_id: int) -> Standing:
    """Count the data keys and secrets of an office, opening each one; raises NoMasterKey."""
    keys = list(DataKey.objects.filter(tenant_id=tenant_id))
    secrets = Counter({key.version: 0 for key in keys})
    closed = 0
    for row, column in _secrets(tenant_id):
        secrets[version_of(stored(row, column))] += 1
        try:
            opened(row, column)
        except CannotOpen:
            closed += 1
    return Standing(dict(sorted(secrets.items())), sum(unwrapped(key) is None for key in keys), closed)


def _begun(tenant_id: int, actor: str) -> bool | None:
    """Make the next data key, unless one rotation has been interrupted; whether it has, None without any data key."""
    with transaction.atomic():
        one_at_a_time(tenant_id)
        versions = list(DataKey.objects.filter(tenant_id=tenant_id).values_list("version", flat=True))
        if not versions:
            return None
        if len(versions) > 1:
            return True
        make(tenant_id, versions[0] + 1)
        tell(tenant_id, actor, "secrets.rotation-begun", version=versions[0] + 1)
        return False


def _secrets(tenant_id: int) -> Iterator[tuple[TenantModel, str]]:
    """Yield every row of an office with a column in which it holds a secret."""
    for model, column in columns():
        rows = model._base_manager.filter(tenant_id=tenant_id).exclude(**{column: b""})
        for row in rows.only("pk", "tenant_id").order_by("pk"):
            yield row, column


def _resealed(row: TenantModel, column: str) -> str:
    """Seal one secret under the newest data key: `resealed`, `same` when it was, `closed` when it does not open."""
    with transaction.atomic():
        key = newest(row.tenant_id)
        sealed = stored(row, column)
        if not sealed or version_of(sealed) == key[0]:
            return "same"
        old = data_key(row.tenant_id, version_of(sealed))
        try:
            if old is None:
                return "closed"
            again = seal_under(key, row, column, unseal_under(old, row, column, sealed))
        except CannotOpen:
            return "closed"
        type(row)._base_manager.filter(pk=row.pk).update(**{column: again})
        return "resealed"


def _ended(tenant_id: int, actor: str, resealed: int) -> int:
    """Delete the data keys under which nothing is sealed any more; return the version of the newest."""
    with transaction.atomic():
        version, _key = newest(tenant_id)
        # What was sealed under an old key between our looking and the lock; no one seals under it after.
        late = Counter(_resealed(row, column) for row, column in _secrets(tenant_id))
        needed = {version_of(stored(row, column)) for row, column in _secrets(tenant_id)}
        old = DataKey.objects.filter(tenant_id=tenant_id, version__lt=version).exclude(version__in=needed)
        deleted = old.delete()[0]
        tell(
            tenant_id,
            actor,
            "secrets.rotated",
            version=version,
            resealed=resealed + late["resealed"],
            data_keys_deleted=deleted,
            unreadable=late["closed"],
        )
    return version


def _forget_what_is_deleted() -> None:
    """Have SQLite overwrite what this connection deletes: a replaced key would stay in free pages of the file."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete=ON")


def _empty_the_journal() -> None:
    """Have SQLite put its journal into the file and empty it: replaced pages would stay in it."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
