#!/bin/sh
# Writes into folder $1 what start.sh needs, from /sealwire: ca.crt, broker.crt, broker.key and brokers.json.
set -eu
folder=$1
users=/sealwire/brokers.json
umask 077

# Other characters would need quoting below, where a quote could add a user or a setting.
jq --exit-status '[.admin, .users[]] | all(.[];
    (.name | test("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")) and .name != "sealwire-broker"
    and (.password | test("^[A-Za-z0-9._~+/=!@#%^*:;?-]{8,128}$")))' "$users" >/dev/null ||
  { echo "brokers.json: a name or password has characters that are not taken, or the password is too short" >&2; exit 1; }

# Cluster id and the brokers' own password stay what they were: they are in the data too.
[ -f "$folder/internal" ] || head -c 24 /dev/urandom | base64 | tr '+/' 'ab' >"$folder/internal"
internal=$(cat "$folder/internal")
module='org.apache.kafka.common.security.plain.PlainLoginModule required'
everyone=$(jq -r '[.admin, .users[]] | map("user_\(.name)=\"\(.password)\"") | join(" ")' "$users")

cat /sealwire/broker.key /sealwire/broker.crt >"$folder/broker.pem"
cp /sealwire/ca.crt "$folder/ca.crt"

export FILL_roles=broker,controller FILL_node=1 FILL_controllerPort=9091 FILL_data="$folder/data" FILL_replicas=1
export FILL_listeners=CLIENT://0.0.0.0:9093,INTERNAL://127.0.0.1:9092,CONTROLLER://127.0.0.1:9091
export FILL_advertised="CLIENT://${ADVERTISED:-localhost:9093},INTERNAL://localhost:9092"
export FILL_protocols=CLIENT:SASL_SSL,INTERNAL:SASL_SSL,CONTROLLER:SASL_SSL
export FILL_keyStore="$folder/broker.pem" FILL_trustStore="$folder/ca.crt"
export FILL_internalJaas="$module username=\"sealwire-broker\" password=\"$internal\" user_sealwire-broker=\"$internal\";"
export FILL_clientJaas="$module $everyone;" FILL_admin="$(jq -r .admin.name "$users")"
jq -Rr 'if startswith("#") then . else gsub("\\{\\{(?<name>[A-Za-z]+)\\}\\}"; env["FILL_" + .name] // error("no value for " + .name)) end' \
  /opt/kafka/server.properties >"$folder/server.properties"

{
  echo "kafka.tools.StorageTool format --config $folder/server.properties --cluster-id 10$(head -c 15 /dev/urandom | base64 | tr '+/' 'ab')"
  jq -r '[.admin, .users[]] | .[] | ("SCRAM-SHA-512", "SCRAM-SHA-256") as $mechanism
    | "--add-scram \"\($mechanism)=[name=\(.name),password=\(.password)]\""' "$users"
} >"$folder/format.args"

# For tool.sh, as the broker's own user, over loopback.
cat >"$folder/tool.properties" <<END
security.protocol=SASL_SSL
ssl.truststore.type=PEM
ssl.truststore.location=$folder/ca.crt
sasl.mechanism=PLAIN
sasl.jaas.config=$module username="sealwire-broker" password="$internal";
END
