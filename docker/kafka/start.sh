#!/bin/sh
# Formats the data folder the first time, then becomes the broker.
# $1 is a folder with server.properties and format.args (the call of StorageTool, in a file so that `ps` shows no password).
set -eu
folder=$1
here=$(dirname "$0")
lib=${KAFKA_LIB:-$here/lib}
export CLASSPATH="$lib/*"
log=-Dlog4j2.configurationFile=$here/log4j2.properties

if [ ! -f "$folder/data/meta.properties" ]; then
  java -Xmx128m -XX:TieredStopAtLevel=1 "$log" "@$folder/format.args"
fi
exec java ${KAFKA_HEAP_OPTS:--Xmx384m} -Djava.net.preferIPv4Stack=true "$log" kafka.Kafka "$folder/server.properties"
