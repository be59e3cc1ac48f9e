#!/bin/bash
# Sends events to customers. They let 1 address in: this machine's.
yum install -y docker
service docker start
docker run -d --restart always --name webhooks \
  -e KAFKA_BROKERS=172.30.10.41:9092,172.30.11.41:9092,172.30.12.41:9092 \
  -e KAFKA_TOPIC=transfers -e KAFKA_GROUP=webhooks \
  -e DATABASE_URL=postgres://webhooks@172.30.20.10:5432/chain \
  -v /var/lib/webhooks:/spool \
  registry.chaindata.example/webhooks:2.3
