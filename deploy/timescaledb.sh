#!/usr/bin/env bash
# A real TimescaleDB for development and CI, on the loopback address of this machine.
#
#   deploy/timescaledb.sh start [--installed]   start it and print its URL; --installed: never install it first
#   deploy/timescaledb.sh stop                  stop it; its data stays
#   deploy/timescaledb.sh status                say where it is; exit 0 running, 1 stopped, 3 not installed
#   deploy/timescaledb.sh url                   print its URL if it runs
#   deploy/timescaledb.sh destroy               stop it and remove it with its data
#
# Standard output is the URL and nothing else; progress goes to standard error. What it uses, in this order:
#   1. the server named by ARRAYAN_TEST_DATABASE_URL, which is left alone;
#   2. the timescale/timescaledb image, when a Docker engine answers;
#   3. a Debian trixie tree in the cache folder, for root on Debian or Ubuntu: about a minute and 0.8 GB, once.
# Otherwise it exits with 3 and says what is missing.
#
# Settings by environment:
#   ARRAYAN_CACHE               cache folder (default: $XDG_CACHE_HOME/arrayan or ~/.cache/arrayan)
#   ARRAYAN_DEBIAN_MIRROR       Debian archive for the tree (default: the one that this machine's apt uses)
#   ARRAYAN_TS_SHARED_BUFFERS   PostgreSQL's shared_buffers (default: 1GB)
#   ARRAYAN_TS_FSYNC            on (default), or off: faster, for tests; data is lost when the machine stops
#   ARRAYAN_TS_IMAGE            the Docker image
set -euo pipefail
umask 022

readonly IMAGE=${ARRAYAN_TS_IMAGE:-timescale/timescaledb:2.19.3-pg17}
readonly CONTAINER=arrayan-timescaledb
readonly SUITE=trixie
readonly PACKAGES=(postgresql-17 postgresql-17-timescaledb postgresql-17-q3c postgresql-17-pgsphere)
readonly INNER_DATA=/var/lib/postgresql/ts
readonly NO_PID=2147483647 # above every process number that Linux gives

say() { printf '%s\n' "timescaledb: $*" >&2; }
fail() { say "$*"; exit 1; }
lack() { say "$*"; exit 3; }

if [[ -n ${ARRAYAN_CACHE:-} ]]; then
  CACHE=$ARRAYAN_CACHE/timescaledb
elif [[ -n ${XDG_CACHE_HOME:-${HOME:-}} ]]; then
  CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/arrayan/timescaledb
else
  fail "no place for the cache: set ARRAYAN_CACHE"
fi
[[ $CACHE == /* ]] || CACHE=$PWD/$CACHE
readonly CACHE
readonly TREE=$CACHE/root DATA=$CACHE/root$INNER_DATA PORT_FILE=$CACHE/port

# ---------------------------------------------------------------------------------------------- common

# Waits for its turn: file descriptor 9 holds the lock until this script ends. Servers must not inherit it.
take_turn() {
  mkdir -p "$CACHE" || fail "cannot write in $CACHE: set ARRAYAN_CACHE to a folder that you can write in"
  exec 9>"$CACHE/lock"
  flock -n 9 && return
  say "waiting for another run of this script"
  flock -w 900 9 || fail "another run of this script has held $CACHE/lock for 15 minutes"
}

url() { printf 'postgresql://postgres@127.0.0.1:%s/postgres\n' "$(<"$PORT_FILE")"; }

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Keeps the port of the last time, unless somebody has taken it since.
choose_port() {
  local port
  if [[ -s $PORT_FILE ]] && port_is_free "$(<"$PORT_FILE")"; then return; fi
  for ((i = 0; i < 100; i++)); do
    port=$((20000 + RANDOM % 12000)) # below the ports that Linux gives to outgoing connections
    if port_is_free "$port"; then
      printf '%s\n' "$port" >"$PORT_FILE"
      return
    fi
  done
  fail "found no free port on 127.0.0.1"
}

settings() {
  cat <<END
shared_preload_libraries=timescaledb
timescaledb.telemetry_level=off
timescaledb.max_background_workers=0
max_locks_per_transaction=1024
max_connections=200
shared_buffers=${ARRAYAN_TS_SHARED_BUFFERS:-1GB}
work_mem=64MB
maintenance_work_mem=256MB
wal_compression=lz4
max_wal_size=8GB
checkpoint_timeout=15min
jit=off
random_page_cost=1.1
timezone=UTC
log_timezone=UTC
fsync=$FSYNC
full_page_writes=$FSYNC
END
}

case ${ARRAYAN_TS_FSYNC:-on} in
  on | off) readonly FSYNC=${ARRAYAN_TS_FSYNC:-on} ;;
  *) fail "ARRAYAN_TS_FSYNC is on or off, not '${ARRAYAN_TS_FSYNC}'" ;;
esac

# ---------------------------------------------------------------------------------------------- Docker

docker_answers() {
  command -v docker >/dev/null && [[ -n $(timeout 10 docker info --format '{{.ServerVersion}}' 2>/dev/null || true) ]]
}

docker_state() {
  case $(docker inspect --format '{{.State.Running}}' "$CONTAINER" 2>/dev/null || true) in
    true) echo running ;;
    false) echo stopped ;;
    *) echo absent ;;
  esac
}

docker_port() { docker port "$CONTAINER" 5432/tcp | sed -n '1s/.*://p'; }

docker_start() {
  local option options=()
  case $(docker_state) in
    running) ;;
    stopped)
      say "starting the container $CONTAINER"
      docker start "$CONTAINER" >/dev/null
      ;;
    absent)
      choose_port
      say "starting a container of $IMAGE"
      while read -r option; do options+=(-c "$option"); done < <(settings)
      docker run --detach --name "$CONTAINER" --publish "127.0.0.1:$(<"$PORT_FILE"):5432" --shm-size 256m \
        --env POSTGRES_HOST_AUTH_METHOD=trust --volume "$CONTAINER:/var/lib/postgresql/data" \
        "$IMAGE" postgres "${options[@]}" >/dev/null
      ;;
  esac
  # While the image sets itself up, its server listens on a socket only.
  for ((i = 0; i < 600; i++)); do
    if docker exec "$CONTAINER" pg_isready --quiet --host 127.0.0.1 --username postgres 2>/dev/null; then
      docker_port >"$PORT_FILE" # it may have been made with another cache folder
      return
    fi
    [[ $(docker_state) == running ]] || break
    sleep 0.2
  done
  docker logs --tail 20 "$CONTAINER" >&2 || true
  fail "the container $CONTAINER did not become ready; its last lines are above"
}

docker_stop() { docker stop "$CONTAINER" >/dev/null; }

docker_destroy() {
  if [[ $(docker_state) != absent ]]; then docker rm --force --volumes "$CONTAINER" >/dev/null; fi
  docker volume rm --force "$CONTAINER" >/dev/null
}

# ---------------------------------------------------------------------------------------------- Debian tree

inside() { # with the inner administrator's programs and our own variables kept out
  chroot --userspec=postgres:postgres "$TREE" \
    /usr/bin/env -i LC_ALL=C.UTF-8 PATH=/usr/lib/postgresql/17/bin:/usr/bin:/bin "$@"
}

# The pid of the tree's own server; nothing when it does not run, whatever its pid file says.
tree_pid() {
  local pid
  [[ -r $DATA/postmaster.pid ]] || return 0
  read -r pid <"$DATA/postmaster.pid" || return 0
  if [[ $pid =~ ^[0-9]+$ && /proc/$pid/cwd -ef $DATA ]]; then echo "$pid"; fi
}

tree_state() {
  if [[ -n $(tree_pid) ]]; then
    echo running
  elif [[ -d $TREE ]]; then
    echo stopped
  else
    echo absent
  fi
}

# Nothing when a tree can be made here; otherwise what is missing, in one line.
tree_obstacle() {
  if [[ $(id -u) != 0 ]]; then
    echo "no Docker engine answers, and only root can make a Debian tree; set ARRAYAN_TEST_DATABASE_URL to a TimescaleDB"
  elif ! command -v apt-get >/dev/null || ! grep -qsE '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release; then
    echo "no Docker engine answers, and this is not Debian or Ubuntu; set ARRAYAN_TEST_DATABASE_URL to a TimescaleDB"
  elif (($(df --output=avail --block-size=1M "$CACHE" | tail -n 1) < 1500)); then
    echo "$CACHE needs 1.5 GB of free disk; set ARRAYAN_CACHE to a folder with more"
  fi
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >&2; }

# The Debian archive among this machine's apt sources, whatever format they are written in: apt itself reads them.
debian_mirror() {
  local uri
  if [[ -n ${ARRAYAN_DEBIAN_MIRROR:-} ]]; then
    echo "$ARRAYAN_DEBIAN_MIRROR"
    return
  fi
  # shellcheck disable=SC2016 # apt fills these in
  uri=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    sed -n 's/^Debian|Debian|//p' | head -n 1)
  if [[ $uri == mirror+file:* ]]; then # Debian's cloud images: a file that lists mirrors
    uri=$(awk '!/^#/ && NF { print $1; exit }' "/${uri#mirror+file:/}" 2>/dev/null || true)
  fi
  echo "$uri"
}

# What this machine's apt needs to reach an archive (proxy, credentials, time checks) holds in the tree too.
copy_apt_settings() {
  local root=$1 authorities
  authorities=$(apt-config dump --format '%v%n' Acquire::https::CAInfo)
  [[ -r $authorities ]] || authorities=/etc/ssl/certs/ca-certificates.crt
  mkdir -p "$root/etc/apt/apt.conf.d" "$root/etc/apt/auth.conf.d" "$root/etc/ssl/certs"
  apt-config dump | grep -E '^Acquire::((http|https)::(Proxy|Timeout|Verify)|Check-|Retries|ForceIPv)' \
    >"$root/etc/apt/apt.conf.d/90host" || true
  if [[ -r $authorities ]]; then
    cp -L "$authorities" "$root/etc/ssl/certs/host.crt"
    echo 'Acquire::https::CAInfo "/etc/ssl/certs/host.crt";' >>"$root/etc/apt/apt.conf.d/90host"
  fi
  if [[ -r /etc/apt/auth.conf ]]; then cp /etc/apt/auth.conf "$root/etc/apt/"; fi
  find /etc/apt/auth.conf.d -name '*.conf' -exec cp {} "$root/etc/apt/auth.conf.d/" \; 2>/dev/null || true
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
}

# Runs in a mount namespace of its own, so that no mount outlives it, however it ends.
build_tree() {
  local mirror=$1 root=$CACHE/root.new script=() started=$SECONDS
  rm -rf --one-file-system "$root" # what an interrupted run left
  if [[ ! -e /usr/share/debootstrap/scripts/$SUITE ]]; then script=(/usr/share/debootstrap/scripts/sid); fi
  say "making a Debian $SUITE tree in $CACHE (about a minute)"
  if ! debootstrap --variant=minbase "$SUITE" "$root" "$mirror" "${script[@]}" >"$CACHE/build.log" 2>&1; then
    tail -n 5 "$CACHE/build.log" >&2
    fail "debootstrap failed; see $CACHE/build.log"
  fi
  copy_apt_settings "$root"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # packages start no service
  chmod +x "$root/usr/sbin/policy-rc.d"
  mkdir -p "$root/etc/postgresql-common"
  echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
  mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
  say "installing ${PACKAGES[*]}"
  if ! {
    chroot "$root" apt-get -q update &&
      chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
        apt-get -q install -y --no-install-recommends "${PACKAGES[@]}" &&
      chroot "$root" apt-get clean
  } >>"$CACHE/build.log" 2>&1; then
    tail -n 5 "$CACHE/build.log" >&2
    fail "installing in the tree failed; see $CACHE/build.log"
  fi
  if mountpoint -q "$root/proc"; then umount "$root/proc"; fi
  rm -rf "$root"/var/lib/apt/lists/*
  mv "$root" "$TREE"
  say "made in $((SECONDS - started)) s"
}

install_tree() {
  local mirror obstacle
  obstacle=$(tree_obstacle)
  [[ -z $obstacle ]] || lack "$obstacle"
  if ! command -v debootstrap >/dev/null || [[ -z $(debian_mirror) ]]; then
    say "asking apt for its package lists"
    apt update || fail "apt-get update failed"
  fi
  if ! command -v debootstrap >/dev/null; then
    say "installing debootstrap"
    apt install --yes --no-install-recommends debootstrap debian-archive-keyring || fail "apt cannot install debootstrap"
  fi
  mirror=$(debian_mirror)
  [[ -n $mirror ]] || lack "apt's sources name no Debian archive; set ARRAYAN_DEBIAN_MIRROR to one"
  unshare --mount --propagation private -- "$BASH" "${BASH_SOURCE[0]}" _build "$mirror" 9>&-
}

create_cluster() {
  local new=${INNER_DATA}.new
  [[ -s $DATA/PG_VERSION ]] && return
  rm -rf "${TREE:?}$new" "$DATA"
  inside initdb -D "$new" -U postgres -A trust --locale=C.UTF-8 -E UTF8 >"$CACHE/initdb.log" 2>&1 9>&- ||
    { tail -n 5 "$CACHE/initdb.log" >&2; fail "initdb failed; see $CACHE/initdb.log"; }
  echo "include = 'arrayan.conf'" >>"$TREE$new/postgresql.conf"
  mv "$TREE$new" "$DATA"
}

write_settings() {
  {
    settings | sed "s/=\(.*\)/ = '\1'/"
    echo "listen_addresses = '127.0.0.1'"
    echo "port = $(<"$PORT_FILE")"
    echo "unix_socket_directories = ''"
    echo "dynamic_shared_memory_type = 'sysv'" # needs no /dev/shm in the tree
  } >"$DATA/arrayan.conf"
}

tree_start() {
  local log=$DATA/server.log
  [[ -d $TREE ]] || install_tree
  if [[ -n $(tree_pid) ]]; then
    wait_until_ready
    return
  fi
  create_cluster
  # After a restart of the machine the number in the pid file may be a stranger's, which PostgreSQL would respect.
  if [[ -s $DATA/postmaster.pid ]]; then sed -i "1s/.*/$NO_PID/" "$DATA/postmaster.pid"; fi
  for ((try = 0; try < 3; try++)); do
    choose_port
    write_settings
    rm -f "$log"
    say "starting the server on port $(<"$PORT_FILE")"
    if inside pg_ctl start -D "$INNER_DATA" -l "$INNER_DATA/server.log" -w -t 300 -s </dev/null >&2 9>&-; then return; fi
    grep -qs 'could not bind' "$log" || break # somebody was faster: another port
    rm -f "$PORT_FILE"
  done
  if [[ -r $log ]]; then tail -n 5 "$log" >&2; fi
  fail "the server does not start; see $log"
}

wait_until_ready() {
  for ((i = 0; i < 1500; i++)); do
    [[ $(sed -n 8p "$DATA/postmaster.pid" 2>/dev/null) == ready* ]] && return
    [[ -n $(tree_pid) ]] || break
    sleep 0.2
  done
  fail "the server is not ready; see $DATA/server.log"
}

tree_stop() { inside pg_ctl stop -D "$INNER_DATA" -m fast -w -t 120 -s >&2 9>&-; }

tree_destroy() {
  [[ -z $(tree_pid) ]] || tree_stop
  rm -rf --one-file-system "$TREE" "$CACHE/root.new"
}

# ---------------------------------------------------------------------------------------------- commands

# Which of the two this machine uses: what is there already, else what can be made.
kind() {
  if [[ -d $TREE ]]; then
    echo tree
  elif docker_answers; then
    echo docker
  else
    echo tree
  fi
}

main() {
  local command=${1:-} kind state
  case $command in
    start | stop | status | url | destroy) ;;
    _build)
      build_tree "$2"
      return
      ;;
    *)
      sed -n '2,/^set /{s/^# \{0,1\}//;/^set /!p}' "${BASH_SOURCE[0]}" >&2
      exit 2
      ;;
  esac

  if [[ -n ${ARRAYAN_TEST_DATABASE_URL:-} ]]; then
    case $command in
      start | url) printf '%s\n' "$ARRAYAN_TEST_DATABASE_URL" ;;
      status) say "ARRAYAN_TEST_DATABASE_URL names the server" ;;
      stop | destroy) say "the server that ARRAYAN_TEST_DATABASE_URL names is left alone" ;;
    esac
    return
  fi

  kind=$(kind)
  state=$("${kind}_state")
  if [[ $state == absent && ($command == status || $command == url || ${2:-} == --installed) ]]; then
    lack "not installed: run deploy/timescaledb.sh start"
  fi
  case $command in
    start)
      take_turn
      "${kind}_start"
      url
      ;;
    stop)
      take_turn
      if [[ $("${kind}_state") == running ]]; then
        "${kind}_stop"
        say "stopped"
      else
        say "it does not run"
      fi
      ;;
    status)
      if [[ $state == running && -s $PORT_FILE ]]; then
        say "running ($kind) at $(url)"
      else
        say "stopped ($kind)"
        exit 1
      fi
      ;;
    url)
      if [[ $state == running && -s $PORT_FILE ]]; then url; else fail "it does not run"; fi
      ;;
    destroy)
      take_turn
      "${kind}_destroy"
      rm -f "$PORT_FILE" "$CACHE/build.log" "$CACHE/initdb.log"
      say "removed"
      ;;
  esac
}

main "$@"
