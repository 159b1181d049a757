#!/bin/sh
# With a folder: starts from it. Without: configures /var/lib/sealwire from the files mounted in /sealwire first.
set -eu
if [ $# -eq 0 ]; then
  set -- /var/lib/sealwire
  /opt/kafka/configure.sh "$1"
fi
exec /opt/kafka/start.sh "$1"
