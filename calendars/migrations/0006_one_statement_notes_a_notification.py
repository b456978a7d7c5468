"""What a notification does to a calendar, in one statement that opens its company's scope itself."""

from django.db import migrations

# Row-level security binds it as it binds its caller. Until the answer to the opening of a channel
# arrived, its resource is not known. Ids that are none at all are unknown ones.
NOTE = """
CREATE FUNCTION calendars_note_message(
    company bigint, channel_id text, link_id bigint, resource text, changes int, at timestamptz
) RETURNS boolean LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    known boolean;
BEGIN
    PERFORM set_config('app.company', company::text, true), set_config('lock_timeout', '1s', true);
    UPDATE calendars_calendarlink AS link
       SET generation = link.generation + changes, last_push_at = at,
           behind_since = CASE WHEN changes > 0 THEN coalesce(link.behind_since, at)
                               ELSE link.behind_since END
      FROM calendars_channel AS channel
     WHERE channel.id = channel_id::uuid AND channel.link_id = link.id
       AND link.id = calendars_note_message.link_id
       AND link.company_id = company AND channel.company_id = company
       AND channel.state IN ('pending', 'live', 'old')
       AND (channel.resource_id = resource
            OR (channel.resource_id = '' AND channel.state = 'pending'));
    known := FOUND;
    PERFORM set_config('app.company', '', true);
    RETURN known;
EXCEPTION WHEN data_exception THEN
    RETURN false;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("calendars", "0005_health")]

    operations = [migrations.RunSQL(NOTE, "DROP FUNCTION calendars_note_message")]
