"""An endpoint taken away for good, with its key."""

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from madoguchi.audit.record import record
from madoguchi.llm.endpoints import Invalid
from madoguchi.llm.models import Endpoint


def remove(endpoint: Endpoint, actor: str) -> None:
    """Delete an endpoint, on the record; its calls stay in the ledger. Raises Invalid while search goes by it."""
    number, had_key = endpoint.pk, bool(endpoint.sealed_key)
    try:
        with transaction.atomic():
            endpoint.delete()
            record(endpoint.tenant_id, actor, "settings.changed", f"endpoint:{number}", use=endpoint.use, removed=True)
            if had_key:
                record(endpoint.tenant_id, actor, "secret.deleted", f"endpoint:{number}")
    except ProtectedError:
        said = _(
            "「意味での検索」がこの接続先を使っているため、削除していません。先に検索のモデルを替えるか、「使用する」を外して止めてください。"
        )
        raise Invalid({"name": said}) from None
