#!/bin/bash
# Builds a ZooKeeper image without a registry, from the Debian packages installed on this machine:
#
#   docker/zookeeper-image.sh [TAG]          (default succession-zookeeper)
#
# It needs the packages libzookeeper-java and a headless JRE, and a Docker engine (DOCKER_HOST). The image takes the
# same ZOO_* variables as the official one, and holds bash and awk because Testcontainers runs them inside.
set -euo pipefail

tag=${1:-succession-zookeeper}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The packages, and everything installed that they depend on.
packages() {
  local java
  java=$(dpkg-query -S "$(readlink -f /usr/bin/java)" | cut -d: -f1)
  apt-cache depends --recurse --installed --no-{recommends,suggests,conflicts,breaks,replaces,enhances} \
    libzookeeper-java "$java" dash bash mawk grep sed coreutils base-files libc-bin |
    grep -E '^[a-z0-9]' | sed 's/:.*//' | sort -u |
    while read -r package; do
      [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = 'ii ' ] && echo "$package"
    done
}

# Their files, at the places they really have; links and what package scripts made besides.
files() {
  packages | xargs dpkg -L |
    sed -E 's#^/(bin|sbin|lib|lib64)/#/usr/\1/#' |
    grep -vE '^/usr/share/(doc|man|locale|info|lintian)/' |
    while read -r file; do [ -L "$file" ] || [ -f "$file" ] && echo "$file"; done
  ls -d /bin /sbin /lib /lib64 /etc/alternatives/* /etc/java-*-openjdk/* /etc/ld.so.cache /etc/passwd /etc/group \
    /etc/nsswitch.conf /usr/bin/java 2>/dev/null || true
}

# A path named twice would become a hard link to itself.
files | sed 's#^/##' | sort -u >"$work/list"
tar -C / --no-recursion -cf - -T "$work/list" 2>/dev/null | docker import - "$tag-base" >/dev/null

cp "$here/zookeeper-entrypoint.sh" "$work/entrypoint.sh"
chmod +x "$work/entrypoint.sh"
printf '%s\n' "FROM $tag-base" 'COPY entrypoint.sh /' 'ENTRYPOINT ["/entrypoint.sh"]' 'EXPOSE 2181' >"$work/Dockerfile"
rm "$work/list"
DOCKER_BUILDKIT=0 docker build -q -t "$tag" "$work" >/dev/null
echo "$tag"
