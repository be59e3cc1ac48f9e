#!/bin/bash
mkfs -t xfs /dev/nvme1n1 2>/dev/null; mkdir -p /data; mount /dev/nvme1n1 /data
yum install -y java-11-amazon-corretto-headless
curl -s https://archive.apache.org/dist/kafka/2.3.1/kafka_2.12-2.3.1.tgz | tar xz -C /opt
cat > /opt/kafka_2.12-2.3.1/config/server.properties <<'CONF'
broker.id=${broker}
listeners=PLAINTEXT://${address}:9092
zookeeper.connect=172.30.10.40:2181
log.dirs=/data/kafka
log.retention.hours=168
default.replication.factor=2
min.insync.replicas=1
CONF
/opt/kafka_2.12-2.3.1/bin/kafka-server-start.sh -daemon /opt/kafka_2.12-2.3.1/config/server.properties
${agent}
