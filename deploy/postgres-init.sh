#!/bin/sh
# A database of its own for Prefect: run by the postgres image when its volume is empty.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --set password="$PREFECT_PASSWORD" <<'SQL'
CREATE USER prefect PASSWORD :'password';
CREATE DATABASE prefect OWNER prefect;
SQL
