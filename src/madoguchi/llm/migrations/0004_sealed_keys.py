"""Keys of endpoints are sealed in their rows: what the variables hold that were named until now goes there."""

import os

from django.db import migrations, models
from django.utils import timezone

import madoguchi.people.sealed
from madoguchi.people.sealed import fresh, seal_under


def forward(apps, editor):
    """Seal the keys whose variables are set for this command; the others are to be typed in again."""
    endpoints, data_keys = apps.get_model("llm", "Endpoint"), apps.get_model("people", "DataKey")
    keys = {}
    for endpoint in endpoints.objects.exclude(key_variable=""):
        secret = os.environ.get(endpoint.key_variable, "").strip()
        if not secret:
            continue
        tenant = endpoint.tenant_id
        if tenant not in keys:
            last = data_keys.objects.filter(tenant_id=tenant).order_by("-version").first()
            version = last.version + 1 if last else 1
            key, wrapped, master = fresh(tenant, version)
            data_keys.objects.create(tenant_id=tenant, version=version, wrapped=wrapped, master=master)
            keys[tenant] = version, key
        endpoints.objects.filter(pk=endpoint.pk).update(
            sealed_key=seal_under(keys[tenant], endpoint, "sealed_key", secret.encode()), key_changed_at=timezone.now()
        )


class Migration(migrations.Migration):
    dependencies = [("llm", "0003_uses"), ("people", "0003_data_keys")]
    operations = [
        migrations.AddField("endpoint", "sealed_key", madoguchi.people.sealed.SealedField(blank=True)),
        migrations.AddField("endpoint", "key_changed_at", models.DateTimeField(editable=False, null=True)),
        migrations.RunPython(forward, migrations.RunPython.noop),
    ]
