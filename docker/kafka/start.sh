#!/bin/sh
# Formats the data folder the first time, then becomes the broker.
# $1 is a folder with server.properties and format.args (the call of StorageTool, in a file so that `ps` shows no password);
# java.args, where it is there, holds more options of Java.
set -eu
folder=$1
here=$(dirname "$0")
lib=${KAFKA_LIB:-$here/lib}
export CLASSPATH="$lib/*"
log=-Dlog4j2.configurationFile=$here/log4j2.properties

if [ ! -f "$folder/data/meta.properties" ]; then
  java -Xmx128m -XX:TieredStopAtLevel=1 "$log" "@$folder/format.args"
fi
more=
[ ! -f "$folder/java.args" ] || more=@$folder/java.args
# G1 handles what is larger than half a region by a slow way of its own ("humongous"), and a region of so small a heap is
# 1 MiB: every request above 512 KiB would pay. Kafka's operations guide sets 16 MiB, for a heap of 6 GiB.
exec java ${KAFKA_HEAP_OPTS:--Xmx384m -XX:+UseG1GC -XX:G1HeapRegionSize=4M} -Djava.net.preferIPv4Stack=true "$log" ${more:+"$more"} kafka.Kafka "$folder/server.properties"
