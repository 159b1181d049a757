#!/bin/sh
# Runs one of Kafka's tools as super user, inside the container: tool.sh AclCommand --list
set -eu
tool=$1
shift
exec java -Xmx128m -cp "/opt/kafka/lib/*" "org.apache.kafka.tools.$tool" \
  --bootstrap-server localhost:9092 --command-config /var/lib/sealwire/tool.properties "$@"
