"""The names of variables, after 0004 has taken what they held."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("llm", "0004_sealed_keys")]
    operations = [migrations.RemoveField("endpoint", "key_variable")]
