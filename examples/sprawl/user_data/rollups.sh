#!/bin/bash
# Daily and hourly aggregates, 02:00 to about 06:00 UTC.
yum install -y docker
systemctl enable --now docker
cat > /etc/cron.d/rollups <<'CRON'
0 2 * * * root docker run --rm -e CLICKHOUSE=172.30.21.17:8123 -e DATABASE_URL=postgres://rollups@172.30.20.10:5432/chain registry.chaindata.example/rollups:latest
CRON
