#!/bin/bash
# All token metadata in memory, loaded from S3 at the start (about 20 minutes).
yum install -y java-11-amazon-corretto-headless
cat > /etc/token-metadata.env <<'ENV'
JAVA_OPTS=-Xms13g -Xmx13g
SNAPSHOT=s3://chain-token-metadata/latest
KAFKA_BROKERS=172.30.10.41:9092,172.30.11.41:9092,172.30.12.41:9092
KAFKA_GROUP=token-metadata
REDIS_URL=redis://172.30.20.15:6379/3
ENV
systemctl enable --now token-metadata
${agent}
