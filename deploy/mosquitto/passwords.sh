#!/bin/sh
# passwords.sh FILE: makes mosquitto's password file out of the environment, so that no secret is committed.
#
#   SMARTVODA_MQTT_PASSWORD   the services' password (user: ingest)
#   SMARTVODA_MQTT_DEVICES    devices and gateways: user:password pairs, separated by spaces; may be empty
#
# The passwords go through a file that only this user can read, never over a command line.
set -eu

file=${1:?passwords.sh: which file to write}
: "${SMARTVODA_MQTT_PASSWORD:?passwords.sh: set SMARTVODA_MQTT_PASSWORD in .env}"

umask 077
part=$file.part
: >"$part"

set -f
for pair in "ingest:$SMARTVODA_MQTT_PASSWORD" ${SMARTVODA_MQTT_DEVICES:-}; do
  case $pair in
    *:*:* | :* | *: | *[[:space:]]*)
      echo "passwords.sh: user ${pair%%:*}: write user:password, neither empty, without colon or space" >&2
      exit 1
      ;;
    *:*) printf '%s\n' "$pair" >>"$part" ;;
    *)
      echo "passwords.sh: SMARTVODA_MQTT_DEVICES has an entry without a password: $pair" >&2
      exit 1
      ;;
  esac
done

mosquitto_passwd -U "$part"
mv "$part" "$file"
