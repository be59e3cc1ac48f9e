#!/bin/bash
# Cache of the APIs (0, 1), prices (2), token metadata (3). Nobody is sure that 2 can be lost.
yum install -y redis --enablerepo=epel
cat > /etc/redis.conf <<'CONF'
bind 0.0.0.0
maxmemory 13gb
maxmemory-policy allkeys-lru
appendonly no
CONF
service redis start
${agent}
