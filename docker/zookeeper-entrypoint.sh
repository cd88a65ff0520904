#!/bin/sh
# Writes zoo.cfg from the variables that the official image knows, and becomes the server.
set -eu

mkdir -p /conf /data
{
  echo "dataDir=/data"
  echo "tickTime=${ZOO_TICK_TIME:-2000}"
  echo "initLimit=${ZOO_INIT_LIMIT:-5}"
  echo "syncLimit=${ZOO_SYNC_LIMIT:-2}"
  echo "maxClientCnxns=${ZOO_MAX_CLIENT_CNXNS:-60}"
  echo "admin.enableServer=${ZOO_ADMINSERVER_ENABLED:-true}"
  if [ -n "${ZOO_4LW_COMMANDS_WHITELIST:-}" ]; then echo "4lw.commands.whitelist=$ZOO_4LW_COMMANDS_WHITELIST"; fi
  if [ -z "${ZOO_SERVERS:-}" ]; then echo "clientPort=2181"; fi
  for line in ${ZOO_SERVERS:-} ${ZOO_CFG_EXTRA:-}; do echo "$line"; done
} >/conf/zoo.cfg
if [ -n "${ZOO_MY_ID:-}" ]; then echo "$ZOO_MY_ID" >/data/myid; fi

jars=/usr/share/java
# shellcheck disable=SC2086  # the flags are several words
exec java ${JVMFLAGS:-} -Dorg.slf4j.simpleLogger.defaultLogLevel="${ZOO_LOG_LEVEL:-info}" \
  -cp "$jars/zookeeper.jar:$jars/slf4j-simple.jar" org.apache.zookeeper.server.quorum.QuorumPeerMain /conf/zoo.cfg
