#!/bin/sh
# Becomes the RabbitMQ node. $1 is a folder with rabbitmq.conf, definitions.json, enabled_plugins and `ports`
# (node=, dist= and epmd= lines); data, cookie and everything else that the node writes stay in it too.
set -eu
folder=$1
. "$folder/ports"

# Debian's wrapper in PATH changes user; the node runs as whoever calls this.
server=/usr/lib/rabbitmq/bin/rabbitmq-server
[ -x "$server" ] || server=rabbitmq-server

export HOME="$folder/home" LANG=C.UTF-8
export RABBITMQ_NODENAME="$node" RABBITMQ_DIST_PORT="$dist" ERL_EPMD_PORT="$epmd" ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_BASE="$folder" RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf" RABBITMQ_CONF_ENV_FILE=/dev/null
export RABBITMQ_ADVANCED_CONFIG_FILE="$folder/advanced.config" RABBITMQ_ENABLED_PLUGINS_FILE="$folder/enabled_plugins"
export RABBITMQ_MNESIA_BASE="$folder/data" RABBITMQ_LOG_BASE="$folder/log" RABBITMQ_PID_FILE="$folder/node.pid"
export RABBITMQ_GENERATED_CONFIG_DIR="$folder/generated" RABBITMQ_SCHEMA_DIR="$folder/schema"
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false"
mkdir -p "$HOME" "$RABBITMQ_LOG_BASE" "$RABBITMQ_MNESIA_BASE" "$RABBITMQ_SCHEMA_DIR" "$RABBITMQ_GENERATED_CONFIG_DIR"

# In the foreground group, so that it ends with the node; Erlang would start one that outlives it.
epmd -port "$epmd" -address 127.0.0.1 &
exec "$server"
