-- Roomly's three database roles and what they may do in the current database.
-- Run by a superuser, connected to Roomly's database; any number of times.
--
--   roomly_migrator  owns the schema; row-level security does not bind it
--   roomly_app       serves the web; bound by row-level security
--   roomly_worker    runs Celery and management commands; bound by row-level security
--
-- Rights on tables come with the migrations that make them. Passwords are not set here:
-- whoever runs this over a network sets them (docker-compose does, from its environment).

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['roomly_migrator', 'roomly_app', 'roomly_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I', name);
        END IF;
    END LOOP;
END
$$;

-- CREATEDB is for the test database; CREATEROLE and SUPERUSER would defeat the separation.
ALTER ROLE roomly_migrator LOGIN NOSUPERUSER NOCREATEROLE CREATEDB BYPASSRLS;
ALTER ROLE roomly_app LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS;
ALTER ROLE roomly_worker LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS;

-- The migrator may act as the two others: to see, in tests and by hand, what they would see.
GRANT roomly_app, roomly_worker TO roomly_migrator;

-- The owner of the database owns its public schema too (pg_database_owner, PostgreSQL 15).
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO roomly_migrator', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO roomly_app, roomly_worker', current_database());
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO roomly_app, roomly_worker;
