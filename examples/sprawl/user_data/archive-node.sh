#!/bin/bash
# Ethereum, archive mode. A new sync takes three weeks.
mkfs -t xfs /dev/nvme1n1 2>/dev/null; mkdir -p /data; mount /dev/nvme1n1 /data
yum install -y docker
systemctl enable --now docker
docker run -d --restart always --name erigon --network host -v /data:/data \
  registry.chaindata.example/erigon:2.59 --datadir /data --http.addr 0.0.0.0 --http.port 8545 --port 30303
${agent}
