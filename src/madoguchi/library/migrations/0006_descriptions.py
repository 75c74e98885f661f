import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0005_quarantine"),
        ("people", "0002_no_department_ring"),
    ]

    operations = [
        migrations.AlterField(
            model_name="passage",
            name="kind",
            field=models.CharField(
                choices=[
                    ("text", "本文"),
                    ("article", "条文"),
                    ("table", "表"),
                    ("described", "モデルによる説明"),
                ],
                default="text",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="Description",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("page", models.PositiveIntegerField()),
                ("box", models.JSONField()),
                ("picture", models.CharField(blank=True, max_length=64)),
                ("model", models.CharField(blank=True, max_length=150)),
                ("edition", models.PositiveSmallIntegerField(default=0)),
                ("text", models.TextField(blank=True)),
                ("failure", models.CharField(blank=True, max_length=200)),
                ("made_at", models.DateTimeField(blank=True, null=True)),
                (
                    "blob",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="descriptions", to="library.blob"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.tenant"
                    ),
                ),
            ],
            options={
                "ordering": ("page", "pk"),
                "indexes": [models.Index(fields=["tenant", "picture"], name="description_picture")],
                "constraints": [
                    models.UniqueConstraint(fields=("blob", "page", "box"), name="description_place"),
                ],
            },
        ),
    ]
