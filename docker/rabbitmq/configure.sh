#!/bin/sh
# Writes into folder $1 what start.sh needs, from /sealwire: ca.crt, broker.crt, broker.key and brokers.json.
set -eu
folder=$1
users=/sealwire/brokers.json
umask 077

export FILL_bind=0.0.0.0 FILL_port=5671 FILL_tcp='listeners.tcp = none' FILL_definitions="$folder/definitions.json"
export FILL_ca=/sealwire/ca.crt FILL_certificate=/sealwire/broker.crt FILL_key=/sealwire/broker.key
jq -Rr 'if startswith("#") then . else gsub("\\{\\{(?<name>[A-Za-z]+)\\}\\}"; env["FILL_" + .name] // error("no value for " + .name)) end' \
  /opt/rabbitmq/rabbitmq.conf >"$folder/rabbitmq.conf"

# How RabbitMQ stores a password: four bytes of salt, then SHA-256 over salt and password.
hash() {
  salt=$(mktemp)
  head -c 4 /dev/urandom >"$salt"
  { cat "$salt"; { cat "$salt"; printf %s "$1"; } | openssl dgst -sha256 -binary; } | base64 -w 0
  rm "$salt"
}

jq -c '(.admin + {tags: "administrator"}), (.users[] + {tags: ""})' "$users" | while read -r user; do
  password_hash=$(hash "$(printf %s "$user" | jq -r .password)")
  printf %s "$user" | jq --arg hash "$password_hash" \
    '{name, tags, password_hash: $hash, hashing_algorithm: "rabbit_password_hashing_sha256"}'
done | jq -s --slurpfile file "$users" '{
    users: ., vhosts: [{name: "/"}],
    permissions: ([{user: $file[0].admin.name, vhost: "/", configure: ".*", write: ".*", read: ".*"}]
      + (($file[0].rabbitmqPermissions // {}) | to_entries | map({user: .key, vhost: "/"} + .value)))
  }' >"$folder/definitions.json"

echo '[rabbitmq_auth_mechanism_ssl].' >"$folder/enabled_plugins"
printf 'node=sealwire@localhost\ndist=25672\nepmd=4369\n' >"$folder/ports"
