#!/bin/sh
# Runs rabbitmqctl against the node, inside the container: tool.sh list_users
set -eu
export HOME=/var/lib/sealwire/home ERL_EPMD_PORT=4369 RABBITMQ_NODENAME=sealwire@localhost RABBITMQ_CONF_ENV_FILE=/dev/null
# Debian's wrapper in PATH insists on its own user.
exec /usr/lib/rabbitmq/bin/rabbitmqctl "$@"
