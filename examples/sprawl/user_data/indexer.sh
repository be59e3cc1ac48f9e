#!/bin/bash
# Follows ${chain}. The cursor is a file: without it, it starts from the first block again.
yum install -y docker
service docker start
mkdir -p /var/lib/indexer
docker run -d --restart always --name indexer-${chain} -p 9100:9100 \
  -e CHAIN=${chain} -e NODE_URL=${node} \
  -e KAFKA_BROKERS=172.30.10.41:9092,172.30.11.41:9092,172.30.12.41:9092 \
  -e RAW_BUCKET=s3://chain-raw-blocks/${chain} \
  -v /var/lib/indexer:/state \
  registry.chaindata.example/indexer:latest --cursor /state/cursor.json
${agent}
