#!/bin/bash
# Reads ${topic} and writes it to ${sink}.
yum install -y docker
systemctl enable --now docker
docker run -d --restart always --name consumer \
  -e KAFKA_BROKERS=172.30.10.41:9092,172.30.11.41:9092,172.30.12.41:9092 \
  -e KAFKA_TOPIC=${topic} -e KAFKA_GROUP=${group} \
%{ if sink == "clickhouse" ~}
  -e CLICKHOUSE=tcp://172.30.21.17:9000 \
%{ else ~}
  -e DATABASE_URL=postgres://ingest@172.30.20.10:5432/chain \
%{ endif ~}
  registry.chaindata.example/consumer:latest
${agent}
