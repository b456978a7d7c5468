#!/bin/bash
# Run by the postgres image when its volume is empty: Roomly's roles, with passwords from .env.
set -euo pipefail

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set migrator="$ROOMLY_MIGRATOR_PASSWORD" \
  --set app="$ROOMLY_APP_PASSWORD" \
  --set worker="$ROOMLY_WORKER_PASSWORD" \
  --file /roomly/roles.sql --file - <<'SQL'
ALTER ROLE roomly_migrator PASSWORD :'migrator';
ALTER ROLE roomly_app PASSWORD :'app';
ALTER ROLE roomly_worker PASSWORD :'worker';
SQL
