#!/bin/sh
# Becomes the Redis server. $1 is a folder with redis.conf; its data stay in it too.
set -eu
mkdir -p "$1/data"
exec redis-server "$1/redis.conf"
