"""Stars of people for rooms."""

import django.db.models.deletion
import tenants.isolation
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0005_holds'),
        ('tenants', '0003_admin_notices'),
    ]

    operations = [
        migrations.CreateModel(
            name='Favourite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.company')),
                ('member', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.member')),
                ('room', tenants.isolation.CompanyForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='favourites', to='bookings.room')),
            ],
            options={
                'verbose_name': 'favourite',
                'verbose_name_plural': 'favourites',
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('member', 'room'), name='favourite_once')],
            },
        ),
        tenants.isolation.IsolateTable("Favourite"),
    ]
