from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]

    operations = [
        migrations.AddField(model_name="personmodel", name="audience_since", field=models.BigIntegerField(null=True)),
    ]
