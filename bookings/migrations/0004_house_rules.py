"""What a company, a building or a room rules for its bookings; opening hours of rooms move there."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0003_pending_deliveries"),
        ("tenants", "0003_admin_notices"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="room",
            name="opening_hours",
        ),
        migrations.CreateModel(
            name="HouseRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "opening_hours",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        blank=True,
                        null=True,
                        size=None,
                    ),
                ),
                (
                    "min_length",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(44640),
                        ],
                    ),
                ),
                (
                    "max_length",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(44640),
                        ],
                    ),
                ),
                (
                    "notice",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(1051200)],
                    ),
                ),
                (
                    "horizon",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(730),
                        ],
                    ),
                ),
                (
                    "step",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[
                            (1, "1"),
                            (5, "5"),
                            (10, "10"),
                            (15, "15"),
                            (20, "20"),
                            (30, "30"),
                            (60, "60"),
                        ],
                        null=True,
                    ),
                ),
                ("private_titles", models.BooleanField(blank=True, null=True)),
                (
                    "building",
                    tenants.isolation.CompanyForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="house_rules",
                        to="bookings.building",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.company",
                    ),
                ),
                (
                    "room",
                    tenants.isolation.CompanyForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="house_rules",
                        to="bookings.room",
                    ),
                ),
            ],
            options={
                "verbose_name": "house rules",
                "verbose_name_plural": "house rules",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "building", "room"),
                        name="house_rules_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("building", None), ("room", None), _connector="OR"),
                        name="house_rules_one_owner",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opening_hours", None),
                            models.Q(
                                ("opening_hours__len", 14),
                                ("opening_hours__0__gte", 0),
                                ("opening_hours__0__lte", models.F("opening_hours__1")),
                                ("opening_hours__1__lte", 1440),
                                ("opening_hours__2__gte", 0),
                                ("opening_hours__2__lte", models.F("opening_hours__3")),
                                ("opening_hours__3__lte", 1440),
                                ("opening_hours__4__gte", 0),
                                ("opening_hours__4__lte", models.F("opening_hours__5")),
                                ("opening_hours__5__lte", 1440),
                                ("opening_hours__6__gte", 0),
                                ("opening_hours__6__lte", models.F("opening_hours__7")),
                                ("opening_hours__7__lte", 1440),
                                ("opening_hours__8__gte", 0),
                                ("opening_hours__8__lte", models.F("opening_hours__9")),
                                ("opening_hours__9__lte", 1440),
                                ("opening_hours__10__gte", 0),
                                ("opening_hours__10__lte", models.F("opening_hours__11")),
                                ("opening_hours__11__lte", 1440),
                                ("opening_hours__12__gte", 0),
                                ("opening_hours__12__lte", models.F("opening_hours__13")),
                                ("opening_hours__13__lte", 1440),
                            ),
                            _connector="OR",
                        ),
                        name="house_rules_opening_hours",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("min_length", None),
                            models.Q(("min_length__gte", 1), ("min_length__lte", 44640)),
                            _connector="OR",
                        ),
                        name="house_rules_min_length",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("max_length", None),
                            models.Q(("max_length__gte", 1), ("max_length__lte", 44640)),
                            _connector="OR",
                        ),
                        name="house_rules_max_length",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("min_length", None),
                            ("max_length", None),
                            ("min_length__lte", models.F("max_length")),
                            _connector="OR",
                        ),
                        name="house_rules_lengths",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("notice", None), ("notice__lte", 1051200), _connector="OR"
                        ),
                        name="house_rules_notice",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("horizon", None),
                            models.Q(("horizon__gte", 1), ("horizon__lte", 730)),
                            _connector="OR",
                        ),
                        name="house_rules_horizon",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("step", None),
                            ("step__in", (1, 5, 10, 15, 20, 30, 60)),
                            _connector="OR",
                        ),
                        name="house_rules_step",
                    ),
                ],
            },
        ),
        tenants.isolation.IsolateTable("HouseRules"),
    ]
