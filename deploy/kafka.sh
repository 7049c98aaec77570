#!/usr/bin/env bash
# A real Apache Kafka for development, tests and benchmarks, on the loopback address of this machine.
#
#   deploy/kafka.sh start [--installed]   start a broker and print its address; --installed: never download it first
#   deploy/kafka.sh stop                  stop it; its topics stay
#   deploy/kafka.sh status                say where it is; exit 0 running, 1 stopped, 3 not installed
#   deploy/kafka.sh url                   print its address if it runs
#   deploy/kafka.sh destroy               stop it and remove it with its topics
#
# With --name NAME each of these means another broker, with ports and topics of its own: for a test that stops and
# kills brokers. Standard output is the address and nothing else; progress goes to standard error.
#
# With --login USER:PASSWORD, `start` makes a new broker that also listens with SASL_SSL for this user, by SCRAM and by
# PLAIN, as the brokers of surveys do. It prints two more lines: that address, and the file of the certificate to trust.
#
# The broker named by ARRAYAN_TEST_KAFKA is used, and left alone, where that is set. Otherwise the broker's own jars
# come from Maven's repository through mvn, about 45 MB once, which needs Java 17 or newer and Maven; without them it
# exits with 3 and says what is missing. One node in KRaft mode, no passwords: for a machine whose users you trust.
#
# Settings by environment:
#   ARRAYAN_CACHE        cache folder (default: $XDG_CACHE_HOME/arrayan or ~/.cache/arrayan)
#   ARRAYAN_KAFKA_HEAP   the broker's heap (default: 512m)
set -euo pipefail
umask 022

readonly KAFKA_VERSION=4.1.0 LOG4J_VERSION=2.24.3
readonly MAX_MESSAGE_BYTES=10485760

say() { printf '%s\n' "kafka: $*" >&2; }
fail() { say "$*"; exit 1; }
lack() { say "$*"; exit 3; }

usage() {
  sed -n '2,/^set /{s/^# \{0,1\}//;/^set /!p}' "${BASH_SOURCE[0]}" >&2
  exit 2
}

COMMAND=${1:-}
NAME=default
INSTALLED_ONLY=
LOGIN=
[[ $# == 0 ]] || shift
while (($#)); do
  case $1 in
    --installed) INSTALLED_ONLY=yes ;;
    --name)
      [[ ${2:-} =~ ^[a-z0-9][a-z0-9_-]{0,40}$ ]] || fail "a name is small letters, digits, - and _"
      NAME=$2
      shift
      ;;
    --login)
      [[ ${2:-} =~ ^[a-z]+:[A-Za-z0-9]+$ ]] || fail "a login is letters, a colon, and a password of letters and digits"
      LOGIN=$2
      shift
      ;;
    *) usage ;;
  esac
  shift
done
readonly COMMAND NAME INSTALLED_ONLY LOGIN

if [[ -n ${ARRAYAN_CACHE:-} ]]; then
  CACHE=$ARRAYAN_CACHE/kafka
elif [[ -n ${XDG_CACHE_HOME:-${HOME:-}} ]]; then
  CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/arrayan/kafka
else
  fail "no place for the cache: set ARRAYAN_CACHE"
fi
[[ $CACHE == /* ]] || CACHE=$PWD/$CACHE
readonly CACHE
readonly LIBS=$CACHE/libs-$KAFKA_VERSION BROKERS=$CACHE/brokers
readonly BROKER=$BROKERS/$NAME
readonly PORTS=$BROKER/ports PID_FILE=$BROKER/pid LOG=$BROKER/server.log
readonly CERTIFICATE=$BROKER/certificate.pem KEYSTORE=$BROKER/keystore.pem

# Waits for its turn: file descriptor 9 holds the lock until this script ends. Brokers must not inherit it.
take_turn() {
  mkdir -p "$CACHE" || fail "cannot write in $CACHE: set ARRAYAN_CACHE to a folder that you can write in"
  exec 9>"$CACHE/lock"
  flock -n 9 && return
  say "waiting for another run of this script"
  flock -w 600 9 || fail "another run of this script has held $CACHE/lock for 10 minutes"
}

address() {
  local port
  read -r port _ <"$PORTS"
  printf '127.0.0.1:%s\n' "$port"
}

login_address() {
  local port
  read -r _ _ port <"$PORTS"
  printf '127.0.0.1:%s\n%s\n' "$port" "$CERTIFICATE"
}

# The pid of our own broker; nothing when it does not run, whoever has its number now.
broker_pid() {
  local pid
  [[ -r $PID_FILE ]] || return 0
  read -r pid <"$PID_FILE" || return 0
  if [[ $pid =~ ^[0-9]+$ && /proc/$pid/cwd -ef $BROKER ]]; then echo "$pid"; fi
}

state() {
  if [[ -n $(broker_pid) ]]; then
    echo running
  elif [[ -d $LIBS ]]; then
    echo stopped
  else
    echo absent
  fi
}

# ---------------------------------------------------------------------------------------------- programs

java_program() { if [[ -n ${JAVA_HOME:-} && -x $JAVA_HOME/bin/java ]]; then echo "$JAVA_HOME/bin/java"; else command -v java; fi; }

require_java() {
  local java version
  java=$(java_program) || lack "Java 17 or newer is missing: on Debian or Ubuntu, apt install default-jre-headless"
  version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
  ((${version:-0} >= 17)) || lack "Java 17 or newer is needed, $java is ${version:-of an unknown version}"
}

install_libs() {
  local new=$LIBS.new
  command -v mvn >/dev/null || lack "Maven is missing: on Debian or Ubuntu, apt install maven"
  say "downloading Kafka $KAFKA_VERSION (about 45 MB)"
  rm -rf "$new" # what an interrupted run left
  mkdir -p "$new"
  cat >"$CACHE/pom.xml" <<END
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>arrayan</groupId>
  <artifactId>kafka-broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>$KAFKA_VERSION</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>$LOG4J_VERSION</version>
    </dependency>
  </dependencies>
</project>
END
  if ! mvn --batch-mode --quiet --file "$CACHE/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$new" >"$CACHE/install.log" 2>&1 9>&-; then
    tail -n 5 "$CACHE/install.log" >&2
    lack "Maven cannot download Kafka; see $CACHE/install.log"
  fi
  mv "$new" "$LIBS"
}

# ---------------------------------------------------------------------------------------------- broker

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port
  for ((i = 0; i < 100; i++)); do
    port=$((20000 + RANDOM % 12000)) # below the ports that Linux gives to outgoing connections
    if [[ " $* " != *" $port "* ]] && port_is_free "$port"; then
      echo "$port"
      return
    fi
  done
  fail "found no free port on 127.0.0.1"
}

# Keeps the ports of the last time, unless somebody has taken one since.
choose_ports() {
  local broker controller secured
  if [[ -s $PORTS ]]; then
    read -r broker controller secured <"$PORTS"
    if port_is_free "$broker" && port_is_free "$controller" && port_is_free "${secured:-1}"; then return; fi
  fi
  broker=$(free_port)
  controller=$(free_port "$broker")
  [[ -z $LOGIN ]] || secured=$(free_port "$broker" "$controller")
  echo "$broker $controller ${secured:-}" >"$PORTS"
}

write_settings() {
  local broker controller
  read -r broker controller _ <"$PORTS"
  cat >"$BROKER/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$broker,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$broker
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$BROKER/data
message.max.bytes=$MAX_MESSAGE_BYTES
replica.fetch.max.bytes=$MAX_MESSAGE_BYTES
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
END
  if [[ -n $LOGIN ]]; then write_login_settings >>"$BROKER/server.properties"; fi
  cat >"$BROKER/log4j2.properties" <<'END'
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
END
}

# A listener for one user, with a certificate of its own. Of settings given twice, the last one counts.
write_login_settings() {
  local broker controller secured user=${LOGIN%%:*} password=${LOGIN#*:}
  read -r broker controller secured <"$PORTS"
  make_certificate
  cat <<END
listeners=PLAINTEXT://127.0.0.1:$broker,SASL_SSL://127.0.0.1:$secured,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$broker,SASL_SSL://127.0.0.1:$secured
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location=$KEYSTORE
connection.failed.authentication.delay.ms=0
sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512,PLAIN
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\
  user_$user="$password";
END
}

make_certificate() {
  [[ -s $CERTIFICATE ]] && return
  command -v openssl >/dev/null || lack "openssl is missing: on Debian or Ubuntu, apt install openssl"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$KEYSTORE" -out "$CERTIFICATE" 2>/dev/null || fail "openssl makes no certificate"
  cat "$CERTIFICATE" >>"$KEYSTORE"
}

# Becomes Java in the broker's folder, which is how we know the process again.
become_java() {
  cd "$BROKER"
  exec "$@" "$(java_program)" -Xmx"${ARRAYAN_KAFKA_HEAP:-512m}" -Dlog4j2.configurationFile=log4j2.properties \
    -cp "$LIBS/*" "${PROGRAM[@]}" 9>&-
}

format_storage() {
  local PROGRAM=(kafka.tools.StorageTool format --cluster-id ArrayanArrayanArray1Q --config server.properties)
  [[ -e $BROKER/data/meta.properties ]] && return
  if [[ -n $LOGIN ]]; then
    for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
      PROGRAM+=(--add-scram "$mechanism=[name=${LOGIN%%:*},password=${LOGIN#*:}]")
    done
  fi
  (become_java) >"$BROKER/format.log" 2>&1 ||
    { tail -n 5 "$BROKER/format.log" >&2; fail "the broker's folder cannot be made; see $BROKER/format.log"; }
}

start_broker() {
  local PROGRAM=(kafka.Kafka server.properties)
  mkdir -p "$BROKER"
  for ((try = 0; try < 3; try++)); do
    choose_ports
    write_settings
    format_storage
    say "starting the broker $NAME at $(address)"
    [[ ! -e $LOG ]] || mv "$LOG" "$LOG.before"
    (become_java setsid) </dev/null >"$LOG" 2>&1 &
    echo $! >"$PID_FILE"
    disown
    if wait_until_ready; then return; fi
    grep -qs 'Address already in use' "$LOG" || break # somebody was faster: other ports
    rm -f "$PORTS"
  done
  tail -n 5 "$LOG" >&2
  fail "the broker does not start; see $LOG"
}

wait_until_ready() {
  for ((i = 0; i < 600; i++)); do
    if grep -qs 'Kafka Server started' "$LOG"; then return 0; fi
    sleep 0.1
    kill -0 "$(<"$PID_FILE")" 2>/dev/null || return 1
  done
  return 1
}

stop_broker() {
  local pid
  pid=$(broker_pid)
  [[ -n $pid ]] || return 0
  kill -TERM "$pid"
  for ((i = 0; i < 300; i++)); do
    if [[ -z $(broker_pid) ]]; then return; fi
    sleep 0.1
  done
  say "it does not end by itself"
  kill -KILL "$pid"
  sleep 0.5
}

# ---------------------------------------------------------------------------------------------- commands

main() {
  case $COMMAND in
    start | stop | status | url | destroy) ;;
    *) usage ;;
  esac

  if [[ -n ${ARRAYAN_TEST_KAFKA:-} && $NAME == default ]]; then
    case $COMMAND in
      start | url) printf '%s\n' "$ARRAYAN_TEST_KAFKA" ;;
      status) say "ARRAYAN_TEST_KAFKA names the broker" ;;
      stop | destroy) say "the broker that ARRAYAN_TEST_KAFKA names is left alone" ;;
    esac
    return
  fi

  if [[ $(state) == absent && ($COMMAND == status || $COMMAND == url || -n $INSTALLED_ONLY) ]]; then
    lack "not installed: run deploy/kafka.sh start"
  fi
  case $COMMAND in
    start)
      require_java
      take_turn
      [[ -d $LIBS ]] || install_libs
      if [[ -z $(broker_pid) ]]; then start_broker; fi
      address
      [[ -z $LOGIN ]] || login_address
      ;;
    stop)
      take_turn
      if [[ -n $(broker_pid) ]]; then
        stop_broker
        say "stopped"
      else
        say "it does not run"
      fi
      ;;
    status)
      if [[ $(state) == running ]]; then
        say "running at $(address)"
      else
        say "stopped"
        exit 1
      fi
      ;;
    url) if [[ $(state) == running ]]; then address; else fail "it does not run"; fi ;;
    destroy)
      take_turn
      stop_broker
      rm -rf "$BROKER"
      # The programs go with the last broker, unless that was one of a test's own.
      if [[ $NAME == default ]] && ! compgen -G "$BROKERS/*" >/dev/null; then
        rm -rf "$CACHE"/libs-* "$CACHE/pom.xml" "$CACHE/install.log"
      fi
      say "removed"
      ;;
  esac
}

main
